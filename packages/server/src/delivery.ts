import { isUtf8 } from 'node:buffer'
import { StompHeaders, encodeHead } from '@stomping-ground/codec'
import type { StompVersion } from '@stomping-ground/codec'
import type { Message } from './message.js'
import type { Format } from './wire.js'

/** Encodings that one delivery remembers; the ids past it (every subscriber with one of its own) are encoded anew. */
const REMEMBERED_IDS = 64

/**
 * One message on its way to subscriptions. It is encoded once for each format and subscription id: clients call their
 * subscriptions `sub-0`, `sub-1`, so a thousand subscribers share one or two encodings.
 */
export class Delivery {
  readonly message: Message
  readonly messageId: string
  #text: boolean | undefined
  // The encoding that was asked for last: in a fan-out, nearly always the next one too.
  #format: Format | undefined
  #id = ''
  #bytes: Uint8Array | undefined
  #byFormat: Map<Format, Encodings> | undefined
  #tail: Uint8Array | undefined

  constructor(message: Message, messageId: string) {
    this.message = message
    this.messageId = messageId
  }

  /** The element of this message for one subscription. The same array for the same arguments, nearly always. */
  element(format: Format, subscriptionId: string): Uint8Array {
    if (format === this.#format && subscriptionId === this.#id) return this.#bytes!
    const encodings = this.#encodings(format)
    let bytes = encodings.byId.get(subscriptionId)
    if (bytes === undefined) {
      bytes = format.wire.element(
        head(format.version, subscriptionId) + encodings.lines,
        encodings.tail,
        this.text,
      )
      if (encodings.byId.size < REMEMBERED_IDS) encodings.byId.set(subscriptionId, bytes)
    }
    this.#format = format
    this.#id = subscriptionId
    return (this.#bytes = bytes)
  }

  /** Whether the body is valid UTF-8, so that it can travel in a text frame. */
  get text(): boolean {
    return (this.#text ??= isUtf8(this.message.body))
  }

  #encodings(format: Format): Encodings {
    let encodings = this.#byFormat?.get(format)
    if (encodings === undefined) {
      encodings = {
        lines: this.#lines(format.version),
        tail: (this.#tail ??= frameTail(this.message.body)),
        byId: new Map(),
      }
      this.#byFormat ??= new Map()
      this.#byFormat.set(format, encodings)
    }
    return encodings
  }

  #lines(version: StompVersion): string {
    const { destination, headers, body } = this.message
    const own = ['message-id', this.messageId, 'destination', destination]
    if (body.length > 0) own.push('content-length', String(body.length))
    return encodeHead('MESSAGE', new StompHeaders([...own, ...headers.flat]), version).slice(
      'MESSAGE\n'.length,
    )
  }
}

interface Encodings {
  /** The header lines that all subscriptions share. */
  readonly lines: string
  readonly tail: Uint8Array
  readonly byId: Map<string, Uint8Array>
}

/** Begins the ids that the server gives to subscriptions without one; they stay out of frames. */
export const UNNAMED = '\0'

// STOMP 1.0 "MESSAGE": the subscription header is there when the client gave an id at SUBSCRIBE
function head(version: StompVersion, subscriptionId: string): string {
  if (subscriptionId.startsWith(UNNAMED)) return 'MESSAGE\n'
  return encodeHead('MESSAGE', new StompHeaders(['subscription', subscriptionId]), version)
}

/** What follows a frame's header lines: the empty line, the body and the closing NUL. */
export function frameTail(body: Uint8Array): Uint8Array {
  const tail = new Uint8Array(body.length + 2)
  tail[0] = 10
  tail.set(body, 1)
  return tail
}
