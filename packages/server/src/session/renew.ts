import type { Frame } from '@stomping-ground/codec'
import { accepted } from '../authentication.js'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import { StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import { connectRequest } from './connect.js'
import type { Session } from './session.js'

/**
 * A SEND to the renewal destination: new credentials for the session that there is, in the headers that CONNECT has them
 * in. What the session is subscribed to is decided again by them before the receipt is sent.
 */
export function renew<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const { services } = session
  return next(services.authenticate(connectRequest(session, frame)), (result) => {
    if (session.state !== 'connected') return
    const { user, expiresAt } = accepted(result, services.clock.date())
    // Under its name stand the session's destinations, and what others know of it.
    if (user.name !== session.user.name) {
      throw new StompError('authentication-failed', 'A session is renewed by its own user alone.')
    }
    session.renewed(user, expiresAt)
    services.events.emit('renewed', { session })
    return next(services.sessions.recheck({ session }), () => session.acknowledge(frame))
  })
}
