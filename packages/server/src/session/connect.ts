import { StompHeaders } from '@stomping-ground/codec'
import type { Frame, StompVersion } from '@stomping-ground/codec'
import { accepted } from '../authentication.js'
import type { ConnectRequest } from '../authentication.js'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import { StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import { formatOf } from '../wire.js'
import { negotiate } from './heartbeat.js'
import type { Session } from './session.js'

// The newest first.
const VERSIONS: readonly StompVersion[] = ['1.2', '1.1', '1.0']

/** CONNECT or STOMP: settles version, heart-beats and user, then opens the session's link to the broker. */
export function connect<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const { headers } = frame
  const { services } = session
  const version = chooseVersion(headers.get('accept-version'))
  // STOMP 1.1, 1.2 "CONNECT or STOMP Frame": clients MUST send host. Every name is served here, so none is refused;
  // clients that leave it out, the old stomp.js among them, still get in.
  // STOMP 1.0 has no heart-beats.
  const heartbeat = negotiate(version === '1.0' ? undefined : headers.get('heart-beat'), services.heartbeat)
  if (heartbeat === undefined) {
    throw new StompError(
      'header-invalid',
      'heart-beat has to be two numbers of milliseconds, such as 10000,10000.',
    )
  }
  session.authenticating(formatOf(session.wire, version))
  return next(services.authenticate(connectRequest(session, frame)), (result) => {
    const { user, expiresAt } = accepted(result, services.clock.date())
    return next(services.broker.connect(session.subscriber), (link) => {
      if (session.state !== 'authenticating') return link.close()
      const keepOnError = headers.get('x-error-mode') === 'keep'
      session.connected({ user, link, keepOnError }, heartbeat)
      session.send('CONNECTED', connectedHeaders(session, version))
      services.events.emit('connected', { session })
      session.expireAt(expiresAt)
    })
  })
}

/** What `authenticate` is asked about. */
export function connectRequest<User extends StompUser>(
  session: Session<User>,
  { headers }: Frame,
): ConnectRequest {
  const { certificate, remoteAddress, id } = session
  const renewal = session.state === 'connected'
  return {
    login: headers.get('login'),
    passcode: headers.get('passcode'),
    headers,
    request: renewal ? undefined : session.request,
    certificate,
    remoteAddress,
    sessionId: id,
    renewal,
  }
}

/** STOMP 1.2 "Protocol Negotiation": the highest version in common; a client that names none speaks 1.0. */
function chooseVersion(accepted: string | undefined): StompVersion {
  if (accepted === undefined) return '1.0'
  const offered = new Set(accepted.split(',').map((one) => one.trim()))
  const version = VERSIONS.find((one) => offered.has(one))
  if (version === undefined) {
    throw new StompError(
      'version-unsupported',
      `Supported protocol versions are ${VERSIONS.toReversed().join(', ')}.`,
    )
  }
  return version
}

/**
 * // STOMP 1.2 "CONNECTED Frame": server = name ["/" version] *(comment), "delimited by a space octet"
 *
 * @throws TypeError when the name is not of this form
 */
export function checkedServerName(name: string): string {
  if (/^[^\s/]+(?:\/[^\s/]+)?(?: \S+)*$/.test(name)) return name
  throw new TypeError(`serverName has to be of the form name/version comment, not ${JSON.stringify(name)}`)
}

function connectedHeaders<User extends StompUser>(
  session: Session<User>,
  version: StompVersion,
): StompHeaders {
  const { serverName, heartbeat } = session.services
  const headers = ['version', version, 'session', session.id, 'server', serverName]
  if (version !== '1.0') headers.push('heart-beat', `${heartbeat.outgoingMs},${heartbeat.incomingMs}`)
  if (session.user.name !== '') headers.push('user-name', session.user.name)
  return new StompHeaders(headers)
}
