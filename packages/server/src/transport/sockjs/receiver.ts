import { ServerResponse } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Wire } from '../../wire.js'
import { wrote } from '../connection.js'
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

// Streams are many: what listens to their responses are these few functions, which find the receiver on the response, and
// not closures for each.
const RECEIVER = Symbol('receiver')
type Served = ServerResponse & { [RECEIVER]: Receiver }

function onFinish(this: ServerResponse): void {
  ;(this as Served)[RECEIVER].finished = true
}

function onClose(this: ServerResponse): void {
  ;(this as Served)[RECEIVER].closed()
}

/** One response that brings frames to the client: one of them (a poll), or many (a stream). */
export abstract class Receiver {
  readonly wire: Wire
  protected readonly response: ServerResponse
  /** Whether the response was handed on to its end. On HTTP/2 it is set for responses that were cut, too. */
  finished = false
  #host: ReceiverHost | undefined
  #ended = false

  constructor(wire: Wire, { request, response }: Exchange) {
    this.wire = wire
    this.response = response
    ;(response as Served)[RECEIVER] = this
    // A body that nobody reads would keep the socket from telling that the client is gone.
    request.resume()
    response.on('finish', onFinish)
    response.on('close', onClose)
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

  /** The response is over. */
  closed(): void {
    const whole = this.finished && this.#ended
    this.#ended = true
    this.#host?.left(this, whole)
  }

  protected drained(): void {
    if (!this.#ended) this.#host?.drained()
  }

  protected abstract finish(): void
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
  /** After so many bytes of frames the response ends: browsers keep all of it in memory until then. */
  readonly limitBytes: number
}

/** Answers with frame after frame, until the limit. */
export class Stream extends Receiver {
  readonly #form: StreamForm
  /** Where whole chunks are written, beside the response: their headers are part of what sessions share. */
  readonly #socket: Duplex | undefined
  #written = 0
  #congested = false

  /** @param prelude what the response begins with; browsers read nothing before it */
  constructor(wire: Wire, exchange: Exchange, form: StreamForm, prelude: string) {
    super(wire, exchange)
    this.#form = form
    const { request, response, headers } = exchange
    if (!takesChunks(request, response)) {
      response.writeHead(200, headers)
      response.write(prelude)
      return
    }
    const socket = response.socket!
    this.#socket = socket
    // Streams are renewed often: the head, the prelude and what has waited meanwhile leave in one write.
    socket.cork()
    process.nextTick(uncork, socket)
    response.writeHead(200, { ...headers, 'Transfer-Encoding': 'chunked' })
    response.flushHeaders()
    socket.write(preludeChunk(prelude, form.container))
  }

  write(batch: Uint8Array): boolean {
    if (this.ended) return false
    this.#written += unchunkedLength(batch)
    const full = this.#written >= this.#form.limitBytes
    const room = this.#put(batch, full)
    if (full) this.end()
    else if (!room) this.#awaitDrain()
    return room && !full
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
    this.response.end()
  }

  #awaitDrain(): void {
    if (this.#congested) return
    this.#congested = true
    ;(this.#socket ?? this.response).once('drain', () => {
      this.#congested = false
      this.drained()
    })
  }

  #put(batch: Uint8Array, last: boolean): boolean {
    if (this.#socket === undefined) return this.response.write(unchunked(batch))
    // The last chunk goes with the end of the response, which uncorks.
    if (last) this.#socket.cork()
    return wrote(this.#socket, batch)
  }
}

function uncork(socket: Duplex): void {
  socket.uncork()
}

const preludes = { text: '', chunk: new Uint8Array(0) }

/** The prelude of a transport is nearly always the one that was asked for last. */
function preludeChunk(text: string, container: Container): Uint8Array {
  if (preludes.text !== text) {
    const { header, trailer } = container(Buffer.byteLength(text))
    preludes.text = text
    preludes.chunk = Buffer.from(`${String(header)}${text}${trailer}`)
  }
  return preludes.chunk
}

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
