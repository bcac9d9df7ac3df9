import { FrameDecoder } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import type { Limits } from '../limits.js'

/** The session that an inbox reads for. */
export interface InboxHost {
  /** Whether frames are still wanted: false once the session closes. */
  readonly open: boolean
  /** Carries one frame out. */
  handle(frame: Frame<ClientCommand>): Awaitable<void>
  /** The bytes were no frame, or the frame could not be carried out. */
  refuse(error: unknown, frame?: Frame): void
  pauseReading(): void
  resumeReading(): void
}

/**
 * What a client sent and the session has not carried out, in order. While a frame is being carried out the following
 * bytes wait undecoded: so the decoder is the queue, its bytes are the measure, and past `inboxBytes` reading pauses.
 */
export class Inbox {
  readonly #host: InboxHost
  readonly #decoder: FrameDecoder
  readonly #inboxBytes: number
  /** A frame is being carried out that has to finish before the next one is read. */
  #busy = false
  #paused = false
  #finished: (() => void) | undefined

  /** Until `connected`, the smaller frame limit holds. */
  constructor(host: InboxHost, limits: Limits) {
    this.#host = host
    this.#inboxBytes = limits.inboxBytes
    this.#decoder = new FrameDecoder({
      frameBytes: Math.min(limits.connectFrameBytes, limits.frameBytes),
      headerCount: limits.headerCount,
      headerBytes: limits.headerBytes,
    })
  }

  /** What is read from now on is of this version and within these limits. */
  connected(version: StompVersion, limits: Limits): void {
    this.#decoder.version = version
    this.#decoder.limits = limits
  }

  /** Whether reading pauses because it is full. */
  get paused(): boolean {
    return this.#paused
  }

  push(bytes: Uint8Array): void {
    this.#decoder.push(bytes)
    if (!this.#busy) this.#read()
    this.#balance()
  }

  /** Nothing more will come: calls back when all that has come is carried out. */
  finish(finished: () => void): void {
    this.#finished = finished
    if (!this.#busy) finished()
  }

  /** Whether nothing more will come. */
  get finishing(): boolean {
    return this.#finished !== undefined
  }

  /** Whether a frame is being carried out. */
  get busy(): boolean {
    return this.#busy
  }

  #read(): void {
    while (!this.#busy && this.#host.open) {
      let frame: Frame | undefined
      try {
        frame = this.#decoder.read()
        if (frame === undefined) return
        // The decoder takes clients' commands only.
        const pending = this.#host.handle(frame as Frame<ClientCommand>)
        if (pending instanceof Promise) this.#await(pending, frame)
      } catch (error) {
        this.#host.refuse(error, frame)
      }
    }
  }

  /** One session's frames are carried out in order: what follows waits. */
  #await(pending: Promise<void>, frame: Frame): void {
    this.#busy = true
    const goOn = (): void => {
      this.#busy = false
      this.#read()
      this.#balance()
      if (!this.#busy) this.#finished?.()
    }
    pending.then(goOn, (error: unknown) => {
      this.#host.refuse(error, frame)
      goOn()
    })
  }

  #balance(): void {
    const full = this.#busy && this.#decoder.bufferedBytes > this.#inboxBytes
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#host.pauseReading()
    else this.#host.resumeReading()
  }
}
