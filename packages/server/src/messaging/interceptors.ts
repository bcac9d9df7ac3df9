import { StompHeaders } from '@stomping-ground/codec'
import type { ClientCommand, Frame } from '@stomping-ground/codec'
import { utf8Encode } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { Delivery } from '../delivery.js'
import { shownDestination } from '../message.js'
import type { Message } from '../message.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { CallContext } from './context.js'

/**
 * Code of the application's own around what passes. Interceptors are asked in their order, on the way out too; each sees
 * what those before it have made. Without any, nothing is asked, and nothing costs.
 */
export interface Interceptor<User extends StompUser = StompUser> {
  /**
   * Each frame of a connected session, before anything is done about it: SEND, SUBSCRIBE, UNSUBSCRIBE, ACK, NACK, BEGIN,
   * COMMIT, ABORT, DISCONNECT. Throws a StompError to refuse it. What it returns changes a SEND; rules decide on the
   * changed one. The session's next frame waits for it.
   *
   * @throws TypeError, told as `handler-failed`, where it changes another frame than SEND
   */
  readonly inbound?: (frame: InboundFrame<User>) => Awaitable<SendChange | void>
  /**
   * Around each call of a handler, with its body checked: `proceed` calls the handler, or the interceptor after this one. What
   * it returns is the handler's result; what it throws, the handler's error.
   */
  readonly handler?: (call: HandlerCall<User>, proceed: () => Awaitable<unknown>) => unknown
  /**
   * Each MESSAGE on its way to one subscription: `false` drops it, headers are added to it. It is asked in the publisher's turn,
   * for every subscriber, and a message with headers of its own is encoded for that subscriber alone. What it throws
   * drops the message, and is the event `failed`. Where the client has to acknowledge, a message that is dropped stays
   * unacknowledged: it counts as prefetched until the subscription ends, and a queue gives it to others then.
   */
  readonly outbound?: (delivery: OutboundDelivery<User>) => DeliveryChange | false | void
}

export interface InboundFrame<User extends StompUser> {
  readonly command: ClientCommand
  readonly headers: StompHeaders
  readonly destination: string | undefined
  readonly body: Uint8Array
  readonly session: StompSession<User>
  readonly user: User
}

/** What becomes of a SEND. */
export interface SendChange {
  /** Headers by name: these values in place of those that came; `undefined` takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: Uint8Array | string
}

export interface HandlerCall<User extends StompUser> extends CallContext<User> {
  readonly command: 'SEND' | 'SUBSCRIBE'
  /** The pattern that the handler is mapped to, with its map's prefix. */
  readonly pattern: string
  /** What the schema made of it; `undefined` for SUBSCRIBE. */
  readonly body: unknown
}

export interface OutboundDelivery<User extends StompUser> {
  readonly session: StompSession<User>
  readonly user: User
  readonly subscriptionId: string
  /** As the client sees it. */
  readonly destination: string
  readonly message: Message
}

export interface DeliveryChange {
  /** Headers to add. Those of the protocol are left out. */
  readonly headers: Readonly<Record<string, string>>
}

type Inbound<User extends StompUser> = (
  session: StompSession<User>,
  frame: Frame<ClientCommand>,
) => Awaitable<Frame<ClientCommand>>

/** All `inbound` as one, or none. */
export function inboundOf<User extends StompUser>(
  interceptors: readonly Interceptor<User>[],
): Inbound<User> | undefined {
  const all = interceptors.flatMap(({ inbound }) => inbound ?? [])
  if (all.length === 0) return undefined
  const from = (
    index: number,
    session: StompSession<User>,
    frame: Frame<ClientCommand>,
  ): Awaitable<Frame<ClientCommand>> => {
    const inbound = all[index]
    if (inbound === undefined) return frame
    const { command, headers, body } = frame
    const destination = headers.get('destination')
    return next(inbound({ command, headers, destination, body, session, user: session.user }), (change) =>
      from(index + 1, session, change === undefined ? frame : changed(frame, change)),
    )
  }
  return (session, frame) => from(0, session, frame)
}

function changed(frame: Frame<ClientCommand>, { headers, body }: SendChange): Frame<ClientCommand> {
  if (frame.command !== 'SEND') throw new TypeError(`An interceptor changes SEND, and not ${frame.command}`)
  const given = new Map(Object.entries(headers ?? {}))
  const kept = [...frame.headers].filter(([name]) => !given.has(name))
  const added = [...given].filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    ...frame,
    headers: new StompHeaders([...kept, ...added].flat()),
    body: typeof body === 'string' ? utf8Encode(body) : (body ?? frame.body),
  }
}

type Around<User extends StompUser> = (
  call: HandlerCall<User>,
  handle: () => Awaitable<unknown>,
) => Awaitable<unknown>

/** All `handler` as one, or none. */
export function aroundOf<User extends StompUser>(
  interceptors: readonly Interceptor<User>[],
): Around<User> | undefined {
  const all = interceptors.flatMap(({ handler }) => handler ?? [])
  if (all.length === 0) return undefined
  const from = (
    index: number,
    call: HandlerCall<User>,
    handle: () => Awaitable<unknown>,
  ): Awaitable<unknown> => {
    const around = all[index]
    return around === undefined ? handle() : around(call, () => from(index + 1, call, handle))
  }
  return (call, handle) => from(0, call, handle)
}

/** All `outbound` as one, or none. It never throws: `failed` is told. */
export function outboundOf<User extends StompUser>(
  interceptors: readonly Interceptor<User>[],
  failed: (session: StompSession<User>, error: unknown, destination: string) => void,
):
  | ((session: StompSession<User>, delivery: Delivery, subscriptionId: string) => Delivery | undefined)
  | undefined {
  const all = interceptors.flatMap(({ outbound }) => outbound ?? [])
  if (all.length === 0) return undefined
  return (session, delivery, subscriptionId) => {
    let passed = delivery
    const destination = shownDestination(delivery.message.destination)
    try {
      for (const outbound of all) {
        const { user } = session
        const change = outbound({ session, user, subscriptionId, destination, message: passed.message })
        if (change === false) return undefined
        if (change !== undefined) passed = passed.with(StompHeaders.from(change.headers).flat)
      }
    } catch (error) {
      failed(session, error, destination)
      return undefined
    }
    return passed
  }
}
