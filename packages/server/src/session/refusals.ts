import { FrameError } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import { UNNAMED } from '../delivery.js'
import { StompError } from '../errors.js'
import { count } from '../observe/metrics.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import { errorFrame } from './error-frame.js'
import type { Session } from './session.js'

/** What a refusal is about. */
export interface RefusalSubject {
  readonly frame?: Frame | undefined
  /** A live subscription that was taken away, and its destination. */
  readonly subscriptionId?: string
  readonly destination?: string
}

/** What a client may read of an error; the application hears of everything else. */
export function asRefusal<User extends StompUser>(
  session: Session<User>,
  error: unknown,
  frame: Frame | undefined,
): StompError {
  if (error instanceof StompError) return error
  if (error instanceof FrameError) return new StompError(error.code, error.message, { cause: error })
  session.services.events.emit('failed', {
    session: told(session),
    error,
    during: `${frame?.command ?? 'reading'} ${frame?.headers.get('destination') ?? ''}`.trimEnd(),
  })
  return new StompError('handler-failed', undefined, { cause: error })
}

/** Sends the ERROR, counts it and tells the application. */
export function tellRefusal<User extends StompUser>(
  session: Session<User>,
  refusal: StompError,
  { frame, subscriptionId, destination }: RefusalSubject,
): void {
  const { cause } = refusal
  reportRefusal(session, refusal, destination, frame)
  const receipt = cause instanceof FrameError ? cause.receiptId : frame?.headers.get('receipt')
  // A subscription without an id (STOMP 1.0) has no name that could be told.
  const named = subscriptionId?.startsWith(UNNAMED) === true ? undefined : subscriptionId
  session.send('ERROR', ...errorFrame(refusal, { receipt, subscriptionId: named }))
}

/** Counts a refusal and tells the application: however the client hears of it. */
export function reportRefusal<User extends StompUser>(
  session: Session<User>,
  { code, message }: StompError,
  destination: string | undefined,
  frame: Frame | undefined,
): void {
  const { metrics, events } = session.services
  count(metrics.refusals, code)
  events.emit('refused', {
    session: told(session),
    sessionId: session.id,
    remoteAddress: session.remoteAddress,
    code,
    message,
    command: frame?.command,
    destination: destination ?? frame?.headers.get('destination'),
  })
}

/** The session as events tell of it: without a user there is none yet. */
export function told<User extends StompUser>(session: Session<User>): StompSession<User> | undefined {
  return session.agreed ? session : undefined
}
