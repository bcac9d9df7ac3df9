import type { Awaitable } from '../awaitable.js'
import { PathPattern, isWildcard } from '../path-pattern.js'
import { StompError } from '../errors.js'
import type { Revocation, SessionChoice, Sessions } from '../sessions.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Session } from './session.js'
import { cut, recheck } from './subscriptions.js'

/** All sessions of a server, by id and by user. */
export class SessionIndex<User extends StompUser> implements Sessions<User> {
  /** Connected or not. */
  readonly #byId = new Map<string, Session<User>>()
  /** A session, or several: most users have one, and a set of one costs more than the name. */
  readonly #byUser = new Map<string, Session<User> | Set<Session<User>>>()

  /** A connection was accepted. */
  add(session: Session<User>): void {
    this.#byId.set(session.id, session)
  }

  /** It is known whose it is. Who has no name is no user that could be looked up. */
  named(session: Session<User>): void {
    const { name } = session.user
    if (name === '') return
    const present = this.#byUser.get(name)
    if (present === undefined) this.#byUser.set(name, session)
    else if (present instanceof Set) present.add(session)
    else this.#byUser.set(name, new Set([present, session]))
  }

  remove(session: Session<User>): void {
    this.#byId.delete(session.id)
    if (!session.agreed) return
    const { name } = session.user
    const present = this.#byUser.get(name)
    if (present === session) this.#byUser.delete(name)
    else if (present instanceof Set && present.delete(session) && present.size === 0)
      this.#byUser.delete(name)
  }

  /** Every session that has not ended, connected or not. */
  [Symbol.iterator](): Iterator<Session<User>> {
    return this.#byId.values()
  }

  all(): StompSession<User>[] {
    return this.#connected(this.#byId.values())
  }

  get(id: string): StompSession<User> | undefined {
    const session = this.#byId.get(id)
    return session?.state === 'connected' ? session : undefined
  }

  ofUser(name: string): StompSession<User>[] {
    return this.#of(name)
  }

  disconnectUser(name: string, why?: StompError): number {
    const sessions = this.#of(name)
    for (const session of sessions) session.disconnect(why)
    return sessions.length
  }

  async revoke({ destination, why, notice = 'error', ...whose }: Revocation<User>): Promise<number> {
    const covers = typeof destination === 'string' ? overlapping(destination) : destination
    const refusal = why ?? new StompError('permission-revoked')
    const cuts = this.#chosen(whose).flatMap((session) => {
      if (session.attempt !== undefined && covers(session.attempt.destination)) session.attempt.stale = true
      return session.subscriptions
        .entries()
        .filter(([, of]) => covers(of))
        .map(([id]) => cut(session, id, { refusal, notice }))
    })
    return countTrue(cuts)
  }

  async recheck(whose: SessionChoice<User> = {}): Promise<number> {
    const decisions = this.#chosen(whose).flatMap((session) => {
      if (session.attempt !== undefined) session.attempt.stale = true
      return session.subscriptions.entries().map(([id, destination]) => recheck(session, id, destination))
    })
    return countTrue(decisions)
  }

  #chosen({ user, session }: SessionChoice<User>): Session<User>[] {
    if (session === undefined)
      return user === undefined ? this.#connected(this.#byId.values()) : this.#of(user)
    const found = this.#byId.get(typeof session === 'string' ? session : session.id)
    const chosen = found === undefined ? [] : this.#connected([found])
    return user === undefined ? chosen : chosen.filter((one) => one.user.name === user)
  }

  #of(name: string): Session<User>[] {
    const present = this.#byUser.get(name)
    if (present === undefined) return []
    return this.#connected(present instanceof Set ? present : [present])
  }

  #connected(sessions: Iterable<Session<User>>): Session<User>[] {
    return [...sessions].filter(({ state }) => state === 'connected')
  }
}

/** A subscription with wildcards is cut where it covers a part of what is revoked: it would bring that part. */
function overlapping(pattern: string): (destination: string) => boolean {
  const revoked = new PathPattern(pattern)
  return (destination) =>
    revoked.match(destination) !== undefined || (isWildcard(destination) && revoked.meets(destination))
}

async function countTrue(results: readonly Awaitable<boolean>[]): Promise<number> {
  const settled = await Promise.all(results.map(async (one) => one))
  return settled.filter(Boolean).length
}
