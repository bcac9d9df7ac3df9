import { FrameDecoder } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import type { Limits } from '../limits.js'
import type { ReadingTurns, TurnReader } from './reading-turns.js'

/** The session that an inbox reads for. */
export interface InboxHost {
  /** Whether frames are still wanted: false once the session closes. */
  readonly open: boolean
  /** Carries one frame out. */
  handle(frame: Frame<ClientCommand>): Awaitable<void>
  /** Frames of this turn whose outcome is one: all of them are carried out, or none. */
  readonly gathered: number
  /** Whether this frame can be one of them. */
  joins(frame: Frame<ClientCommand>): boolean
  /** The bytes were no frame, or the frame could not be carried out. */
  refuse(error: unknown, frame?: Frame): void
  pauseReading(): void
  resumeReading(): void
}

/**
 * What a client sent and the session has not carried out, in order. While a frame is being carried out the following
 * bytes wait undecoded: so the decoder is the queue, its bytes are the measure, and past `inboxBytes` reading pauses.
 *
 * Frames whose outcome is one do not wait for each other: what is refused has nothing carried out behind it either way.
 * Many frames at once wait in the same way for their turns.
 */
export class Inbox implements TurnReader {
  readonly #host: InboxHost
  readonly #turns: ReadingTurns
  readonly #limits: Limits
  /** Once the session is connected. */
  #version: StompVersion | undefined
  /** Only while something waits to be decoded or carried out: connections are many, and most are idle. */
  #decoder: FrameDecoder | undefined
  /** Frames that are being carried out. */
  #underWay = 0
  /** How many of them the broker gathered, when it was looked last. */
  #gathered = 0
  /** They have to be done before the next one is read. */
  #waits = false
  /** Its part of this turn of the event loop is used up. */
  #waitsForTurn = false
  /** What has been read already, and comes then. */
  #next: { readonly run: () => void; readonly frame: Frame | undefined } | undefined
  #paused = false
  #finished: (() => void) | undefined

  /** Until `connected`, the smaller frame limit holds. */
  constructor(host: InboxHost, limits: Limits, turns: ReadingTurns) {
    this.#host = host
    this.#turns = turns
    this.#limits = limits
  }

  /** What is read from now on is of this version. */
  connected(version: StompVersion): void {
    this.#version = version
    if (this.#decoder === undefined) return
    this.#decoder.version = version
    this.#decoder.limits = this.#limits
  }

  /** Whether reading pauses because it is full. */
  get paused(): boolean {
    return this.#paused
  }

  push(bytes: Uint8Array): void {
    this.#decoder ??= this.#newDecoder()
    this.#decoder.push(bytes)
    this.#read()
    this.#balance()
  }

  goOn(): void {
    this.#waitsForTurn = false
    this.#read()
    this.#balance()
    if (!this.busy) this.#finished?.()
  }

  /** Nothing more will come: calls back when all that has come is carried out. */
  finish(finished: () => void): void {
    this.#finished = finished
    if (!this.busy) finished()
  }

  /** Whether nothing more will come. */
  get finishing(): boolean {
    return this.#finished !== undefined
  }

  /** Whether a frame is being carried out, or waits for its turn. */
  get busy(): boolean {
    return this.#underWay > 0 || this.#waitsForTurn
  }

  get #waitingBytes(): number {
    return this.#decoder?.bufferedBytes ?? 0
  }

  #newDecoder(): FrameDecoder {
    const { frameBytes, connectFrameBytes, headerCount, headerBytes } = this.#limits
    if (this.#version === undefined)
      return new FrameDecoder({
        frameBytes: Math.min(connectFrameBytes, frameBytes),
        headerCount,
        headerBytes,
      })
    const decoder = new FrameDecoder(this.#limits)
    decoder.version = this.#version
    return decoder
  }

  #read(): void {
    if (this.#waits || this.#waitsForTurn) return
    if (!this.#turns.begin(this)) return this.#waitForTurn()
    while (!this.#waits && this.#host.open) {
      let frame: Frame | undefined
      try {
        frame = this.#decoder?.read()
        if (frame === undefined) return
        this.#take(frame as Frame<ClientCommand>)
      } catch (error) {
        this.#refuse(error, frame)
      }
      if (!this.#waits && this.#waitingBytes > 0 && this.#turns.over) return this.#waitForTurn()
    }
  }

  #waitForTurn(): void {
    this.#waitsForTurn = true
    this.#turns.wait(this)
  }

  /** The decoder takes clients' commands only. */
  #take(frame: Frame<ClientCommand>): void {
    if (this.#underWay > 0 && !this.#host.joins(frame)) return this.#behind(() => this.#take(frame), frame)
    const pending = this.#host.handle(frame)
    if (pending instanceof Promise) this.#await(pending, frame)
  }

  #refuse(error: unknown, frame: Frame | undefined): void {
    if (this.#underWay === 0) this.#host.refuse(error, frame)
    else this.#behind(() => this.#host.refuse(error, frame), frame)
  }

  /** One session's frames are carried out in order: what follows waits. */
  #behind(run: () => void, frame: Frame | undefined): void {
    this.#waits = true
    this.#next = { run, frame }
  }

  #await(pending: Promise<void>, frame: Frame): void {
    const { gathered } = this.#host
    // More of them may be carried out together with it.
    if (gathered === this.#gathered) this.#waits = true
    this.#gathered = gathered
    this.#underWay++
    pending.then(
      () => this.#done(),
      (error: unknown) => {
        this.#host.refuse(error, frame)
        this.#done()
      },
    )
  }

  #done(): void {
    if (--this.#underWay > 0) return
    this.#gathered = 0
    this.#waits = false
    const next = this.#next
    this.#next = undefined
    try {
      if (this.#host.open) next?.run()
    } catch (error) {
      this.#host.refuse(error, next!.frame)
    }
    this.#read()
    this.#balance()
    if (!this.busy) this.#finished?.()
  }

  #balance(): void {
    if (this.#waitingBytes === 0 && !this.busy) this.#decoder = undefined
    const full = this.busy && this.#waitingBytes > this.#limits.inboxBytes
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#host.pauseReading()
    else this.#host.resumeReading()
  }
}
