import { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import type { Broker } from '../broker/broker.js'
import { USER_PREFIX } from '../contract.js'
import type { Address, UserAddress } from '../contract.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import { receiverHeaders } from '../receiver-headers.js'
import { encodeBody, encodeJson } from './body.js'
import { isSaneRest, isUserDestination, nameTopic, sessionTopic } from './user-destinations.js'

/** Headers of the application's own; those that the server sets, `content-length` say, are left out. */
export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** A destination with history does not keep it. */
  readonly retain?: false
}

export interface SendToUserOptions extends SendOptions {
  /** Reaches this one session alone. Whose it is, is not asked: it is the caller who knows both. */
  readonly sessionId?: string
}

/** Sends messages to broker destinations: what Spring calls a messaging template. */
export interface Messaging {
  /**
   * Sends one message to everyone subscribed. To an address the payload travels as JSON; to a destination by name,
   * bytes as they are, a string as text, anything else as JSON.
   *
   * @returns nothing, or a promise where the broker needs time; done means accepted by the broker
   * @throws StompError `destination-invalid` when the broker has no such destination
   * @throws TypeError when the payload has no JSON form
   */
  send<Body = unknown>(
    to: Address<Body> | string,
    payload: NoInfer<Body>,
    options?: SendOptions,
  ): Awaitable<void>
  /**
   * Sends one message to every session of a user, on every node, or to one session: to those that are subscribed to the
   * destination. Nobody needs to be. By name the destination stands without `/user`: `/queue/errors` is what clients
   * subscribe to as `/user/queue/errors`. Payloads travel as by `send`.
   *
   * @param userName any characters; empty only with a `sessionId`, for nobody has that name
   * @throws TypeError when there is no user, the destination is none, or the payload has no JSON form
   */
  sendToUser<Body = unknown>(
    userName: string,
    to: UserAddress<Body> | string,
    payload: NoInfer<Body>,
    options?: SendToUserOptions,
  ): Awaitable<void>
}

export function messagingOver(broker: Broker): Messaging {
  return {
    send(to: Address<unknown> | string, payload: unknown, options: SendOptions = {}) {
      const destination = typeof to === 'string' ? to : to.destination
      if (isUserDestination(destination)) {
        throw new StompError('destination-invalid', `Messages to ${destination} are sent by sendToUser.`)
      }
      const retain = typeof to === 'string' ? options.retain : (to.retain ?? options.retain)
      const message = messageOf(destination, payload, typeof to !== 'string', options)
      // One shape for nearly all messages.
      return broker.publish(retain === undefined ? message : { ...message, retain })
    },
    sendToUser(
      userName: string,
      to: UserAddress<unknown> | string,
      payload: unknown,
      options: SendToUserOptions = {},
    ) {
      const { sessionId } = options
      const rest = typeof to === 'string' ? to : to.destination.slice(USER_PREFIX.length)
      if (!isSaneRest(rest)) {
        throw new TypeError(`A user has no destination ${rest}: it has to be of the form /queue/errors`)
      }
      if (sessionId === undefined && userName === '') throw new TypeError('Nobody has the empty name')
      const topic = sessionId === undefined ? nameTopic(userName, rest) : sessionTopic(sessionId, rest)
      return broker.publish(messageOf(topic, payload, typeof to !== 'string', options))
    },
  }
}

function messageOf(destination: string, payload: unknown, json: boolean, options: SendOptions): Message {
  const { headers, body } = contentOf(payload, json, options.headers)
  return { destination, headers, body }
}

/** A payload as a message holds it: as JSON in any case, or by its type. */
export function contentOf(
  payload: unknown,
  json: boolean,
  headers: SendOptions['headers'],
): Pick<Message, 'headers' | 'body'> {
  const { body, contentType } = json ? encodeJson(payload) : encodeBody(payload)
  return { headers: headersOf(contentType, headers), body }
}

/** What most messages have, by content type: headers are never changed. */
const PLAIN_HEADERS = new Map<string, StompHeaders>()

function headersOf(contentType: string, own: SendOptions['headers']): StompHeaders {
  if (own !== undefined)
    return receiverHeaders(StompHeaders.from({ 'content-type': contentType, ...own }).flat)
  let headers = PLAIN_HEADERS.get(contentType)
  if (headers === undefined) {
    headers = new StompHeaders(['content-type', contentType])
    PLAIN_HEADERS.set(contentType, headers)
  }
  return headers
}
