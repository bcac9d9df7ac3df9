import { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import type { Broker } from '../broker/broker.js'
import type { Address } from '../contract.js'
import { receiverHeaders } from '../receiver-headers.js'
import { encodeBody, encodeJson } from './body.js'

/** Headers of the application's own; those that the server sets, `content-length` say, are left out. */
export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
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
  send<Body>(to: Address<Body>, payload: Body, options?: SendOptions): Awaitable<void>
  send(to: string, payload: unknown, options?: SendOptions): Awaitable<void>
}

export function messagingOver(broker: Broker): Messaging {
  return {
    send(to: Address<unknown> | string, payload: unknown, options: SendOptions = {}) {
      const { body, contentType } = typeof to === 'string' ? encodeBody(payload) : encodeJson(payload)
      const { flat } = StompHeaders.from({ 'content-type': contentType, ...options.headers })
      const headers = receiverHeaders(flat)
      return broker.publish({ destination: typeof to === 'string' ? to : to.destination, headers, body })
    },
  }
}
