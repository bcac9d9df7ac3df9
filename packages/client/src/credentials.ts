import type { Clock } from './clock.js'
import type { Headers, SessionEnd } from './link.js'

/** A token, and when it expires, in milliseconds since 1970. */
export interface Token {
  readonly token: string
  readonly expiresAt?: number | undefined
}

/** Gives a token. One that is a JWT says itself when it expires. */
export type TokenSource = (reason: { readonly refused: boolean }) => string | Token | Promise<string | Token>

type ConnectHeaders = Headers | (() => Headers | Promise<Headers>)

/** ERRORs that another token may help. */
const REFUSALS: ReadonlySet<string> = new Set(['authentication-failed', 'token-expired'])

/** The headers with which a client says who it is, made anew for each attempt. */
export class Credentials {
  readonly #connectHeaders: ConnectHeaders
  readonly #source: TokenSource | undefined
  readonly #clock: Clock
  /** Attempts in a row that the server refused for their credentials. */
  #refusals = 0
  #current: Token | undefined

  constructor(connectHeaders: ConnectHeaders, source: TokenSource | undefined, clock: Clock) {
    this.#connectHeaders = connectHeaders
    this.#source = source
    this.#clock = clock
  }

  /** The token that was had last. */
  get token(): Token | undefined {
    return this.#current
  }

  /** Those of CONNECT. */
  readonly headers = async (): Promise<Headers> => {
    const given =
      typeof this.#connectHeaders === 'function' ? await this.#connectHeaders() : this.#connectHeaders
    // A refused frame shall cost that frame, and not the session.
    return { 'x-error-mode': 'keep', ...given, ...(await this.tokenHeaders()) }
  }

  /** Those of a new token. */
  async tokenHeaders(): Promise<Headers> {
    if (this.#source === undefined) return {}
    const given = await this.#source({ refused: this.#refusals > 0 })
    this.#current = typeof given === 'string' ? { token: given, expiresAt: this.#expiryOf(given) } : given
    return { Authorization: `Bearer ${this.#current.token}` }
  }

  /** A token that was offered in a session was refused there. */
  refused(code: string): void {
    if (REFUSALS.has(code)) this.#refusals++
  }

  accepted(): void {
    this.#refusals = 0
  }

  /** @returns whether another token may be accepted: one that was had in the knowledge of a refusal was the last */
  mayBeRefreshed({ error }: SessionEnd): boolean {
    if (this.#source === undefined || error === undefined || !REFUSALS.has(error.code)) return false
    return ++this.#refusals === 1
  }

  /** Of a JWT (RFC 7519), in milliseconds on this machine's clock. It is the server that checks it. */
  #expiryOf(token: string): number | undefined {
    const claims = claimsOf(token)
    if (typeof claims?.exp !== 'number') return undefined
    const { exp, iat } = claims
    const now = this.#clock.date()
    const lifeMs = typeof iat === 'number' ? (exp - iat) * 1_000 : Infinity
    const leftMs = exp * 1_000 - now
    // By a clock that is wrong it may have expired, or not have been issued yet: then it is taken for new.
    return leftMs > 0 && leftMs <= lifeMs ? exp * 1_000 : now + lifeMs
  }
}

function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } | undefined {
  const [, payload] = token.split('.')
  if (payload === undefined) return undefined
  try {
    const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
    return JSON.parse(new TextDecoder().decode(bytes)) as { exp?: unknown; iat?: unknown }
  } catch {
    return undefined
  }
}
