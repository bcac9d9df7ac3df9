import type { SessionEnd } from './link.js'

/**
 * Close codes with which a server tells that the same client would only end in the same way: it broke the protocol (1002,
 * 1003, 1007, 1009, 1010), or it is not wanted (1008).
 */
const FINAL_CODES: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010])

/** ERRORs after which another attempt makes sense, although the server closes as after all refusals. */
const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'connect-timeout',
  'too-many-connections',
  'server-draining',
  'service-unavailable',
])

/**
 * What an end says for itself.
 *
 * @param opened whether CONNECTED had come: an ERROR in its place is no passing thing, whatever the broker closes with
 */
export function mayReconnect({ code, error }: SessionEnd, opened: boolean): boolean {
  if (error?.by === 'server') {
    if (PASSING_ERRORS.has(error.code)) return true
    // The next session begins with new credentials; where it does not begin, they were no better.
    if (error.code === 'token-expired') return opened
    if (!opened) return false
  }
  return !FINAL_CODES.has(code)
}
