import { StompHeaders } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next, recover } from '../awaitable.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { Message } from '../message.js'
import type { StompUser } from '../stomp-session.js'
import { errorFrame } from './error-frame.js'
import { ownDelivery } from './own-messages.js'
import { asRefusal, reportRefusal } from './refusals.js'
import type { Session } from './session.js'

/**
 * Requests: SENDs to handlers with `reply-to`. The answer goes straight to the session that asked, so it needs nothing of
 * the broker, and reaches nobody else whatever `reply-to` says.
 */
const TEMP_QUEUE = /^\/temp-queue\/./s
const USER = '/user/'

export function isRequest<User extends StompUser>(
  { services }: Session<User>,
  { headers, destination }: Message,
): boolean {
  return headers.has('reply-to') && services.isApplication(destination)
}

/**
 * Has a SEND handled, and answers it: with the handler's result, or with the refusal. The session goes on either way, and
 * the receipt says that the answer is there.
 *
 * @throws StompError `header-invalid` when `reply-to` is nothing of this session's own: there is nowhere to answer to
 */
export function request<User extends StompUser>(
  session: Session<User>,
  frame: Frame,
  message: Message,
): Awaitable<void> {
  const to = message.headers.get('reply-to')!
  if (subscriptionTo(session, to) === undefined) {
    throw new StompError(
      'header-invalid',
      `reply-to has to be a /temp-queue/ of this session, or a /user/ destination that it is subscribed to, not ${to}.`,
    )
  }
  const answer = (flat: readonly string[], body: Uint8Array): void => {
    reply(session, to, message, flat, body)
    session.acknowledge(frame)
  }
  return recover(
    () =>
      next(session.services.request(session, message), (result) =>
        answer(result === undefined ? [] : ['content-type', result.contentType], result?.body ?? NOTHING),
      ),
    (error) => {
      const refusal = asRefusal(session, error, frame)
      reportRefusal(session, refusal, undefined, frame)
      const [headers, body] = errorFrame(refusal, {})
      answer(
        headers.flat.filter((_, i) => headers.flat[i - (i % 2)] !== 'content-length'),
        body,
      )
    },
  )
}

const NOTHING = new Uint8Array(0)

/**
 * The subscription by which the session reads what is sent to `to`. As with a broker's reply queues, a temporary queue that
 * is not subscribed to is read under its own name.
 */
function subscriptionTo<User extends StompUser>(session: Session<User>, to: string): string | undefined {
  const temporary = TEMP_QUEUE.test(to)
  if (!temporary && !to.startsWith(USER)) return undefined
  for (const [id, destination] of session.subscriptions.entries()) if (destination === to) return id
  return temporary ? to : undefined
}

function reply<User extends StompUser>(
  session: Session<User>,
  to: string,
  { headers }: Message,
  flat: readonly string[],
  body: Uint8Array,
): void {
  const subscription = subscriptionTo(session, to)
  // Unsubscribed meanwhile, or ended.
  if (subscription === undefined || session.state !== 'connected') return
  const correlation = headers.get('correlation-id')
  const all = correlation === undefined ? flat : ['correlation-id', correlation, ...flat]
  const delivery = ownDelivery({ destination: to, headers: new StompHeaders(all), body })
  if (!session.subscriber.deliver(delivery, subscription)) session.lost(DISCONNECTS.slow)
}
