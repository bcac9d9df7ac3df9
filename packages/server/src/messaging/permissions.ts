import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { PathParams } from '../contract.js'
import { StompError } from '../errors.js'
import { PathPattern, isWildcard } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'

/** What a rule decides on. */
export interface RuleContext<User extends StompUser, Params> {
  readonly params: Params
  readonly destination: string
  readonly user: User
  readonly session: StompSession<User>
}

/**
 * A decision about all destinations of a pattern. It covers a subscription with wildcards only when it covers everything
 * the subscription does: `{roomId}` never takes `*`.
 */
export interface Rule<User extends StompUser> {
  readonly pattern: PathPattern
  readonly decide: (context: RuleContext<User, unknown>) => Awaitable<boolean>
}

/**
 * Who may do what with broker destinations. The first rule whose pattern matches decides; none means no.
 *
 * A subscription with wildcards is refused where a rule before the one that covers it decides on a part of it: or it
 * would get, by asking for more, what that rule keeps from it.
 */
export interface Permissions<User extends StompUser> {
  /**
   * Left out: everyone may subscribe to `/topic/**`. What is the session's own in any case, `/user/**` and
   * `/temp-queue/**`, is allowed where no rule decides on it.
   */
  readonly subscribe?: readonly Rule<User>[]
  /** Left out: nobody may send to broker destinations; messages go to handlers. */
  readonly send?: readonly Rule<User>[]
}

/**
 * One rule, with its variables typed by its pattern.
 *
 * @param decide whether it is allowed; may throw a StompError to give a reason of its own
 * @throws TypeError when the pattern is malformed
 */
export function rule<User extends StompUser, const Pattern extends string = string>(
  pattern: Pattern,
  decide: (context: RuleContext<User, PathParams<Pattern>>) => Awaitable<boolean>,
): Rule<User> {
  return { pattern: new PathPattern(pattern), decide: decide as Rule<User>['decide'] }
}

export function allow(pattern: string): Rule<StompUser> {
  return rule(pattern, always)
}

const always = (): boolean => true

const OWN = [allow('/user/**'), allow('/temp-queue/**')]

/** The rules for SUBSCRIBE, with what holds where they say nothing. */
export function subscribeRules<User extends StompUser>({
  subscribe,
}: Permissions<User>): readonly Rule<User>[] {
  return [...(subscribe ?? [allow('/topic/**')]), ...OWN]
}

/** @throws StompError `permission-denied` unless a rule allows it */
export function permit<User extends StompUser>(
  rules: readonly Rule<User>[],
  action: 'subscribe' | 'send',
  session: StompSession<User>,
  destination: string,
): Awaitable<void> {
  for (const { pattern, decide } of rules) {
    const params = pattern.match(destination)
    if (params === undefined) {
      if (isWildcard(destination) && decide !== always && pattern.meets(destination)) break
      continue
    }
    return next(decide({ params, destination, user: session.user, session }), (allowed) => {
      if (!allowed) throw denied(action, destination)
    })
  }
  throw denied(action, destination)
}

function denied(action: string, destination: string): StompError {
  return new StompError('permission-denied', `This session may not ${action} to ${destination}.`)
}
