import { ServerResponse } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Wire } from '../../wire.js'
import { arrayFrame, bare, plainFrame, unchunked, unchunkedLength } from './frames.js'
import type { Container, Form } from './frames.js'

/** A request of the client whose response brings it frames. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The headers of the response, but for its length. */
  readonly headers: OutgoingHttpHeaders
}

/** The session that a receiver serves. Nothing is called after `left`. */
export interface ReceiverHost {
  /** A congested response takes more. */
  drained(): void
  /** It takes no more frames, and the client has to come again. */
  ended(receiver: Receiver): void
  /**
   * The response is over.
   *
   * @param whole whether it was sent to its end; what the client has seen of it otherwise is not known
   */
  left(receiver: Receiver, whole: boolean): void
}

/** One response that brings frames to the client: one of them (a poll), or many (a stream). */
export abstract class Receiver {
  readonly wire: Wire
  protected readonly response: ServerResponse
  #host: ReceiverHost | undefined
  #ended = false

  constructor(wire: Wire, { request, response }: Exchange) {
    this.wire = wire
    this.response = response
    // A body that nobody reads would keep the socket from telling that the client is gone.
    request.resume()
    let finished = false
    response.on('finish', () => (finished = true))
    // On HTTP/2 `finish` comes for responses that were cut, too.
    response.on('close', () => {
      const whole = finished && this.#ended
      this.#ended = true
      this.closed()
      this.#host?.left(this, whole)
    })
  }

  /** From now on it serves this session. */
  serve(host: ReceiverHost): void {
    this.#host = host
  }

  get ended(): boolean {
    return this.#ended
  }

  /**
   * Writes a batch of the wire.
   *
   * @returns whether it takes more at once
   */
  abstract write(batch: Uint8Array): boolean
  /** Writes the first of these batches, as many as it takes, and removes them; returns what `write` does. */
  abstract deliver(batches: Uint8Array[]): boolean
  /** Writes a frame that is no array. */
  abstract frame(content: string): void

  /** Ends the response. Idempotent. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.finish()
    this.#host?.ended(this)
  }

  /** Cuts the response. */
  destroy(): void {
    this.response.destroy()
  }

  protected drained(): void {
    this.#host?.drained()
  }

  protected abstract finish(): void
  /** The response is gone: lets go of what it held. */
  protected closed(): void {}
}

/** Answers with one frame. */
export class Poll extends Receiver {
  readonly #form: Form
  readonly #headers: OutgoingHttpHeaders
  #body: Uint8Array = new Uint8Array(0)

  constructor(wire: Wire, exchange: Exchange, form: Form) {
    super(wire, exchange)
    this.#form = form
    this.#headers = exchange.headers
  }

  write(batch: Uint8Array): boolean {
    return this.deliver([batch])
  }

  deliver(batches: Uint8Array[]): boolean {
    if (this.ended) return false
    let bytes = 0
    for (const batch of batches) bytes += batch.length
    this.#body = arrayFrame(this.#form, bare, batches.splice(0), bytes)
    this.end()
    return false
  }

  frame(content: string): void {
    if (this.ended) return
    this.#body = plainFrame(this.#form, bare, content)
    this.end()
  }

  protected finish(): void {
    this.response.writeHead(200, { ...this.#headers, 'Content-Length': this.#body.length })
    this.response.end(this.#body)
  }
}

export interface StreamForm {
  readonly form: Form
  readonly container: Container
  /** What the response begins with; browsers read nothing before it. */
  readonly prelude: string
  /** After so many bytes of frames the response ends: browsers keep all of it in memory until then. */
  readonly limitBytes: number
}

/** Answers with frame after frame, until the limit. */
export class Stream extends Receiver {
  readonly #form: StreamForm
  /** Where whole chunks are written, beside the response: their headers are part of what sessions share. */
  #socket: Duplex | undefined
  #written = 0
  readonly #drained: () => void

  constructor(wire: Wire, exchange: Exchange, form: StreamForm) {
    super(wire, exchange)
    this.#form = form
    const { request, response, headers } = exchange
    const direct = takesChunks(request, response)
    response.writeHead(200, direct ? { ...headers, 'Transfer-Encoding': 'chunked' } : headers)
    response.write(form.prelude)
    this.#drained = () => this.drained()
    if (direct) {
      this.#socket = response.socket!
      response.socket!.setKeepAlive(true, KEEP_ALIVE_MS)
    }
    ;(this.#socket ?? response).on('drain', this.#drained)
  }

  write(batch: Uint8Array): boolean {
    if (this.ended) return false
    this.#written += unchunkedLength(batch)
    const room =
      this.#socket === undefined ? this.response.write(unchunked(batch)) : this.#socket.write(batch)
    if (this.#written < this.#form.limitBytes) return room
    this.end()
    return false
  }

  deliver(batches: Uint8Array[]): boolean {
    let room = true
    while (batches.length > 0 && !this.ended) room = this.write(batches.shift()!)
    return room
  }

  frame(content: string): void {
    this.write(plainFrame(this.#form.form, this.#form.container, content))
  }

  protected finish(): void {
    this.closed()
    this.response.end()
  }

  protected override closed(): void {
    ;(this.#socket ?? this.response).off('drain', this.#drained)
    this.#socket = undefined
  }
}

const KEEP_ALIVE_MS = 30_000

/**
 * Whether chunks may be written to the socket itself: HTTP/1.1, the response's turn on its connection has come, and nobody
 * (a compressing middleware) has put itself between.
 */
function takesChunks(request: IncomingMessage, response: ServerResponse): boolean {
  return (
    request.httpVersionMajor === 1 &&
    request.httpVersionMinor >= 1 &&
    response.socket !== null &&
    response.write === ServerResponse.prototype.write
  )
}
