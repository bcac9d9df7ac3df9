import { isUtf8 } from 'node:buffer'
import { StompHeaders, encodeHead, encodeHeaders, utf8Decode } from '@stomping-ground/codec'
import type { StompVersion } from '@stomping-ground/codec'
import { shownDestination } from './message.js'
import type { Message } from './message.js'
import { receiverHeaders } from './receiver-headers.js'
import type { Format } from './wire.js'

export interface DeliveryOptions {
  /** Whether the receiver has to acknowledge it. */
  readonly acks: boolean
  /** How often it was delivered before; `Infinity`: that is not known, but it was. */
  readonly redeliveries: number
}

const AUTO: DeliveryOptions = { acks: false, redeliveries: 0 }

/** Encodings that one delivery remembers; the ids past it (every subscriber with one of its own) are encoded anew. */
const REMEMBERED_IDS = 64

/**
 * One message on its way to subscriptions. It is encoded once for each format and subscription id: clients call their
 * subscriptions `sub-0`, `sub-1`, so a thousand subscribers share one or two encodings.
 */
export class Delivery {
  readonly message: Message
  readonly messageId: string
  readonly #options: DeliveryOptions
  #text: boolean | undefined
  #tail: Uint8Array | undefined
  // What was asked for last: in a fan-out nearly always the next one too, and in a queue the only one.
  #format: Format | undefined
  #lines = ''
  #id = ''
  #element: Uint8Array | undefined
  #remembered: Map<Format, Encodings> | undefined
  #readable: Delivery | undefined

  constructor(message: Message, messageId: string, options: DeliveryOptions = AUTO) {
    this.message = message
    this.messageId = messageId
    this.#options = options
  }

  /** The element of this message for one subscription. The same array for the same arguments, nearly always. */
  element(format: Format, subscriptionId: string): Uint8Array {
    if (format === this.#format && subscriptionId === this.#id) return this.#element!
    if (this.#format !== undefined) return this.#recall(format, subscriptionId)
    this.#format = format
    this.#lines = this.#sharedLines(format.version)
    this.#id = subscriptionId
    return (this.#element = this.#encode(format, this.#lines, subscriptionId))
  }

  /** The same with more headers: a delivery of its own, encoded by itself. `flat` as in `StompHeaders`. */
  with(flat: readonly string[]): Delivery {
    const added = receiverHeaders(flat).flat
    const headers = new StompHeaders([...this.message.headers.flat, ...added])
    return new Delivery({ ...this.message, headers }, this.messageId, this.#options)
  }

  /** The same, to be kept longer than the call that brought it: its body is a view of nobody's bytes. */
  kept(): Delivery {
    const message = { ...this.message, body: this.message.body.slice() }
    return new Delivery(message, this.messageId, this.#options)
  }

  /** Whether the receiver has to acknowledge it. */
  get acks(): boolean {
    return this.#options.acks
  }

  /** Whether the body is valid UTF-8, so that it can travel in a text frame. */
  get text(): boolean {
    return (this.#text ??= isUtf8(this.message.body))
  }

  #recall(format: Format, subscriptionId: string): Uint8Array {
    const { lines, elements } = this.#encodings(format)
    let element = elements.get(subscriptionId)
    if (element === undefined) {
      element = this.#encode(format, lines, subscriptionId)
      if (elements.size < REMEMBERED_IDS) elements.set(subscriptionId, element)
    }
    this.#format = format
    this.#id = subscriptionId
    return (this.#element = element)
  }

  #encodings(format: Format): Encodings {
    // The first element was made before there was need to remember any.
    this.#remembered ??= new Map([
      [this.#format!, { lines: this.#lines, elements: new Map([[this.#id, this.#element!]]) }],
    ])
    let encodings = this.#remembered.get(format)
    if (encodings === undefined) {
      encodings = { lines: this.#sharedLines(format.version), elements: new Map() }
      this.#remembered.set(format, encodings)
    }
    return encodings
  }

  #encode(format: Format, lines: string, subscriptionId: string): Uint8Array {
    const { wire, version } = format
    if (wire.textOnly === true && !this.text) return this.#asText().element(format, subscriptionId)
    this.#tail ??= frameTail(this.message.body)
    const own = this.#options.acks
      ? ownLines(version, subscriptionId, ackId(this.messageId, subscriptionId))
      : plainOwnLines(version, subscriptionId)
    return wire.element(own + lines, this.#tail, this.text, own.length)
  }

  /** The same for wires that carry text alone. A delivery of its own: the content-length is another. */
  #asText(): Delivery {
    if (this.#readable === undefined) {
      const body = Buffer.from(utf8Decode(this.message.body))
      this.#readable = new Delivery({ ...this.message, body }, this.messageId, this.#options)
    }
    return this.#readable
  }

  /** What all subscriptions of one version share. */
  #sharedLines(version: StompVersion): string {
    const { destination, headers, body } = this.message
    const { redeliveries } = this.#options
    const shared = ['message-id', this.messageId, 'destination', shownDestination(destination)]
    if (redeliveries > 0) shared.push('redelivered', 'true')
    if (redeliveries > 0 && redeliveries < Infinity) shared.push('x-delivery-count', String(redeliveries))
    if (body.length > 0) shared.push('content-length', String(body.length))
    return encodeHeaders(new StompHeaders(shared), version) + encodeHeaders(headers, version)
  }
}

interface Encodings {
  readonly lines: string
  readonly elements: Map<string, Uint8Array>
}

/** What differs from one subscription to the next. */
function ownLines(version: StompVersion, subscriptionId: string, ack?: string): string {
  // STOMP 1.0 "MESSAGE": the subscription header is there when the client gave an id at SUBSCRIBE
  const own = subscriptionId.startsWith(UNNAMED) ? [] : ['subscription', subscriptionId]
  // STOMP 1.2 "MESSAGE": if the subscription needs acknowledgement, MESSAGE MUST have an ack header
  if (ack !== undefined && version === '1.2') own.push('ack', ack)
  return encodeHead('MESSAGE', new StompHeaders(own), version)
}

/** The newest one, for nearly all deliveries of a replay: those of one subscription. */
let remembered: { readonly version: StompVersion; readonly id: string; readonly lines: string } | undefined

/** The same without an ack: it says nothing of the message. */
function plainOwnLines(version: StompVersion, id: string): string {
  if (remembered?.id !== id || remembered.version !== version) {
    remembered = { version, id, lines: ownLines(version, id) }
  }
  return remembered.lines
}

/** The value of a MESSAGE's `ack` header: the message, and the subscription that it came by. */
function ackId(messageId: string, subscriptionId: string): string {
  return `${messageId}@${subscriptionId}`
}

/** What an `ack` header says. Message ids hold no `@`. */
export function parseAckId(id: string): { messageId: string; subscriptionId: string } | undefined {
  const at = id.indexOf('@')
  return at === -1 ? undefined : { messageId: id.slice(0, at), subscriptionId: id.slice(at + 1) }
}

/** Begins the ids that the server gives to subscriptions without one; they stay out of frames. */
export const UNNAMED = '\0'

/** What follows a frame's header lines: the empty line, the body and the closing NUL. */
export function frameTail(body: Uint8Array): Uint8Array {
  // From Buffer's pool: an array of its own for each small body costs more than all else that is done here.
  const tail = Buffer.allocUnsafe(body.length + 2)
  tail[0] = 10
  tail.set(body, 1)
  tail[body.length + 1] = 0
  return tail
}
