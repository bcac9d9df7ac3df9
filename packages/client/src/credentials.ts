import type { Headers, SessionEnd } from './link.js'

type Token = (reason: { readonly refused: boolean }) => string | Promise<string>

/** The headers with which a client says who it is, made anew for each attempt. */
export class Credentials {
  readonly #connectHeaders: Headers | (() => Headers | Promise<Headers>)
  readonly #token: Token | undefined
  /** Attempts in a row that the server refused for their credentials. */
  #refusals = 0

  constructor(connectHeaders: Headers | (() => Headers | Promise<Headers>), token: Token | undefined) {
    this.#connectHeaders = connectHeaders
    this.#token = token
  }

  readonly headers = async (): Promise<Headers> => {
    const given =
      typeof this.#connectHeaders === 'function' ? await this.#connectHeaders() : this.#connectHeaders
    // A refused frame shall cost that frame, and not the session.
    const headers = { 'x-error-mode': 'keep', ...given }
    if (this.#token === undefined) return headers
    return { ...headers, ...bearer(await this.#token({ refused: this.#refusals > 0 })) }
  }

  accepted(): void {
    this.#refusals = 0
  }

  /** @returns whether another token may be accepted: one that was had in the knowledge of a refusal was the last */
  mayBeRefreshed({ error }: SessionEnd): boolean {
    if (this.#token === undefined || error?.code !== 'authentication-failed') return false
    return ++this.#refusals === 1
  }
}

function bearer(token: string): Headers {
  return { Authorization: `Bearer ${token}` }
}
