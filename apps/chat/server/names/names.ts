import { randomInt } from 'node:crypto'
import type { ChatSession } from '../accounts/account.js'
import { BOUNDS } from '../../contract/index.js'
import { refusal } from '../refusal.js'
import { canBeShown, codePoints, nameKey, tidy } from './text.js'

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

/** Whether it looks like a name that is given to guests. */
export function isGuestName(name: string): boolean {
  return /^손님-\d+$/.test(nameKey(name))
}

/**
 * Which session goes by which name. Several may share one: a page that reconnects is a second session for a while. Names
 * that look the same are one name here.
 */
export class Names {
  readonly #bySession = new WeakMap<ChatSession, string>()
  /** The sessions that hold each name now, by its key. */
  readonly #held = new Map<string, Set<ChatSession>>()

  of(session: ChatSession): string | undefined {
    return this.#bySession.get(session)
  }

  /** Gives a session its name, once and for all: the one asked for, or else a guest's that nobody holds now. */
  claim(session: ChatSession, asked: string | undefined): string {
    const present = this.#bySession.get(session)
    if (present !== undefined) return present
    const name = asked ?? this.#guest()
    this.#bySession.set(session, name)
    // A message may still be in hand when its session ends: nobody would let go of the name then.
    if (session.signal.aborted) return name
    const key = nameKey(name)
    const sessions = this.#held.get(key)
    if (sessions === undefined) this.#held.set(key, new Set([session]))
    else sessions.add(session)
    return name
  }

  /** Takes a name back that turned out to be another's. */
  takeBack(session: ChatSession): void {
    this.release(session)
    this.#bySession.delete(session)
  }

  /** To be called for each session that ends. It is still known by its name afterwards. */
  release(session: ChatSession): void {
    const name = this.#bySession.get(session)
    if (name === undefined) return
    const key = nameKey(name)
    const sessions = this.#held.get(key)
    if (sessions?.delete(session) === true && sessions.size === 0) this.#held.delete(key)
  }

  /** The sessions that hold a name, or one that looks the same. */
  holders(name: string): readonly ChatSession[] {
    return [...(this.#held.get(nameKey(name)) ?? [])]
  }

  #guest(): string {
    // Ten tries, then one more digit: however many guests there are, it soon finds a free one.
    for (let digits = 4; ; digits++) {
      for (let i = 0; i < 10; i++) {
        const name = `손님-${randomInt(10 ** (digits - 1), 10 ** digits)}`
        if (!this.#held.has(nameKey(name))) return name
      }
    }
  }
}
