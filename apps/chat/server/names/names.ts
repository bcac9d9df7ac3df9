import { randomInt } from 'node:crypto'
import type { StompSession } from 'stomping-ground'
import { BOUNDS } from '../../contract/index.js'
import { refusal } from '../refusal.js'
import { canBeShown, codePoints, tidy } from './text.js'

/**
 * The name that a page asks for, as it will be kept, or `undefined` where it asks for none.
 *
 * @throws StompError `sender-too-long` or `sender-characters`
 */
export function personName(asked: string | null | undefined): string | undefined {
  const name = tidy(asked ?? '')
  if (name === '') return undefined
  if (codePoints(name) > BOUNDS.sender) throw refusal('sender-too-long')
  if (!canBeShown(name)) throw refusal('sender-characters')
  return name
}

/** Which session goes by which name. Several may share one: a page that reconnects is a second session for a while. */
export class Names {
  readonly #bySession = new WeakMap<StompSession, string>()
  /** How many sessions hold each name now. */
  readonly #held = new Map<string, number>()

  of(session: StompSession): string | undefined {
    return this.#bySession.get(session)
  }

  /** Gives a session its name, once and for all: the one asked for, or else a guest's that nobody holds now. */
  claim(session: StompSession, asked: string | undefined): string {
    const present = this.#bySession.get(session)
    if (present !== undefined) return present
    const name = asked ?? this.#guest()
    this.#bySession.set(session, name)
    // A message may still be in hand when its session ends: nobody would let go of the name then.
    if (!session.signal.aborted) this.#held.set(name, (this.#held.get(name) ?? 0) + 1)
    return name
  }

  /** To be called once for each session that ends. */
  release(session: StompSession): void {
    const name = this.#bySession.get(session)
    const count = name === undefined ? undefined : this.#held.get(name)
    if (name === undefined || count === undefined) return
    if (count > 1) this.#held.set(name, count - 1)
    else this.#held.delete(name)
  }

  #guest(): string {
    // Ten tries, then one more digit: however many guests there are, it soon finds a free one.
    for (let digits = 4; ; digits++) {
      for (let i = 0; i < 10; i++) {
        const name = `손님-${randomInt(10 ** (digits - 1), 10 ** digits)}`
        if (!this.#held.has(name)) return name
      }
    }
  }
}
