import { USER_PREFIX } from '../contract.js'
import { StompError } from '../errors.js'
import { USER_TOPIC } from '../message.js'
import type { StompSession } from '../stomp-session.js'

/**
 * User destinations need no registry: `/user/queue/x` is two broker topics whose names hold the user and the session.
 *
 *     SUBSCRIBE /user/queue/x     /user-topic/name/{user}/queue/x and /user-topic/session/{id}/queue/x
 *     sendToUser(user, /queue/x)  the first of them, or with a session id the second
 *     SEND /user/{user}/queue/x   the first, where a rule allows it
 *
 * What clients name by `/user-topic/` is refused everywhere, so that nobody reaches another's.
 */

/** The topics behind `/user{rest}` for one session. A session without a name has only its own. */
export function ownTopics(session: StompSession, rest: string): string[] {
  const own = sessionTopic(session.id, rest)
  return session.user.name === '' ? [own] : [nameTopic(session.user.name, rest), own]
}

/** The topic that all sessions of a user read. */
export function nameTopic(name: string, rest: string): string {
  return `${USER_TOPIC}name/${encoded(name)}${rest}`
}

/** The topic that one session reads. */
export function sessionTopic(sessionId: string, rest: string): string {
  return `${USER_TOPIC}session/${encoded(sessionId)}${rest}`
}

/** Whether a destination is one of those that every user has. */
export function isUserDestination(destination: string): boolean {
  return destination.startsWith(`${USER_PREFIX}/`)
}

/**
 * What follows `/user` in a destination that a session subscribes to.
 *
 * @throws StompError `destination-invalid` for wildcards, empty segments, and `/user/user/...`, which nobody can send to
 */
export function userRest(destination: string): string {
  const rest = destination.slice(USER_PREFIX.length)
  if (isSaneRest(rest)) return rest
  throw new StompError(
    'destination-invalid',
    `${destination} is no destination of a user's own: it has to be of the form /user/queue/errors.`,
  )
}

/** Whether this can follow `/user`: segments that are not empty, no wildcards, not `/user` again. */
export function isSaneRest(rest: string): boolean {
  return /^(?:\/(?!\*{1,2}(?:\/|$))[^/]+)+$/.test(rest) && !isUserDestination(`${rest}/`)
}

/**
 * Whom `/user/{name}/queue/x` reaches. In the name, `/` is written `%2F`, `%` as `%25` and `*` as `%2A`, and nothing else
 * is escaped: one name is written in one way, so that a rule about it cannot be got round.
 *
 * @throws StompError `destination-invalid`
 */
export function topicOfUser(destination: string): string {
  const [, segment = '', rest = ''] = /^\/user\/([^/]+)(\/.*)$/s.exec(destination) ?? []
  if (segment === '' || /%(?!2F|25|2A)/.test(segment) || !isSaneRest(rest)) {
    throw new StompError(
      'destination-invalid',
      `A message cannot be sent to ${destination}: it has to be of the form /user/{name}/queue/errors.`,
    )
  }
  const name = segment.replace(/%(?:2F|25|2A)/g, decodeURIComponent)
  return nameTopic(name, rest)
}

/**
 * Any text as one segment of a topic: letters, digits, `-` and `_` stay, so that no broker finds in a name what means
 * something to it. Two texts are never the same.
 */
function encoded(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    LONE_SURROGATE.test(character) ? `%u${character.charCodeAt(0).toString(16)}` : percent(character),
  )
}

const LONE_SURROGATE = /\p{Surrogate}/u

function percent(character: string): string {
  return Buffer.from(character).toString('hex').toUpperCase().replace(/../g, '%$&')
}
