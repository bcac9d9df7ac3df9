import type { StompError } from './errors.js'
import type { StompSession, StompUser } from './stomp-session.js'

/** Which sessions: of a user, one by itself or by its id, or, with neither, all of them. */
export interface SessionChoice<User extends StompUser = StompUser> {
  readonly user?: string
  readonly session?: string | StompSession<User>
}

/** What is taken from whom. */
export interface Revocation<User extends StompUser = StompUser> extends SessionChoice<User> {
  /**
   * The destinations, as a pattern (`/topic/rooms/7`, `/topic/rooms/{id}`, `/topic/rooms/**`) or as a function of what a
   * client has subscribed to. A subscription with wildcards is cut where it overlaps the pattern.
   */
  readonly destination: string | ((destination: string) => boolean)
  /** What the client is told. Default: code `permission-revoked`. */
  readonly why?: StompError
  /**
   * `error`: an ERROR with the header `subscription` tells the client. STOMP demands that it closes the session, and it
   * does, unless the client connected with `x-error-mode: keep`. `none`: the client hears nothing and keeps its session;
   * tell it by a message of your own. Default `error`.
   */
  readonly notice?: 'error' | 'none'
}

/** The sessions of this server whose CONNECT has succeeded and whose connection is there. */
export interface Sessions<User extends StompUser = StompUser> {
  all(): StompSession<User>[]
  get(id: string): StompSession<User> | undefined
  /** The sessions of the user of this name. Sessions without a name (`''`) are nobody's. */
  ofUser(name: string): StompSession<User>[]
  /**
   * Ends all sessions of a user, with the reason `application`: clients are told not to come again, but nothing keeps
   * them from it but `authenticate`.
   *
   * @param why an ERROR for the client, before its connection closes. Default: none
   * @returns how many sessions there were
   */
  disconnectUser(name: string, why?: StompError): number
  /**
   * Cuts live subscriptions. It keeps nobody from subscribing again: change first what the rules look at, then revoke. A
   * SUBSCRIBE that is being decided on at this moment is decided on again.
   *
   * @returns how many were cut; once it resolves, nothing comes by them any more
   * @throws TypeError when the pattern is malformed
   */
  revoke(revocation: Revocation<User>): Promise<number>
  /**
   * Decides again, by the rules, on every subscription of these sessions, and cuts those that are not allowed any more,
   * as `revoke` does. A rule that throws allows nothing.
   *
   * @returns how many were cut
   */
  recheck(whose?: SessionChoice<User>): Promise<number>
}
