import type { Frame } from '@stomping-ground/codec'
import { utf8Decode } from '@stomping-ground/codec'
import { setTimeout as pause } from 'node:timers/promises'
import { RawClient } from './raw-client.js'

/** SENDs that a publisher has under way. */
const WINDOW = 16
/** Between two attempts to connect, so that the server that starts has the machine. */
const RETRY_MS = 10

/** Publishes numbered messages until it is told to stop; sends again what was not confirmed, under the same ids. */
export class Publisher {
  readonly name: string
  /** The numbers up to this one are confirmed. */
  confirmed = 0
  readonly #destination: string
  readonly #port: () => number
  readonly #onConfirmed: () => void
  /** On this connection, all numbers up to this one. */
  #sent = 0
  /** On any. */
  #highest = 0
  #client: RawClient | undefined
  #stopping = false
  readonly #done: Promise<void>
  #finish = (): void => {}

  constructor(name: string, destination: string, port: () => number, onConfirmed: () => void) {
    this.name = name
    this.#destination = destination
    this.#port = port
    this.#onConfirmed = onConfirmed
    this.#done = new Promise((resolve) => (this.#finish = resolve))
  }

  async run(): Promise<void> {
    for (;;) {
      this.#client = await RawClient.open(this.#port(), (frame) => this.#received(frame))
      this.#sent = this.confirmed
      this.#fill()
      if (this.#client === undefined) await pause(RETRY_MS)
      else await Promise.race([this.#client.gone, this.#done])
      if (this.#stopping && this.confirmed === this.#highest) return this.#client?.cut()
    }
  }

  /** Sends nothing new; `run` ends when everything is confirmed. */
  stop(): void {
    this.#stopping = true
    if (this.confirmed === this.#highest) this.#finish()
  }

  #received({ command, headers, body }: Frame): void {
    // The session ends with it: what has no RECEIPT is sent again, by its id.
    if (command === 'ERROR' && headers.get('code') === 'history-unavailable') return
    if (command === 'ERROR') throw new Error(`${headers.get('message')} ${utf8Decode(body)}`)
    const receipt = Number(headers.get('receipt-id'))
    if (receipt !== this.confirmed + 1) throw new Error(`${this.name}: ${receipt} after ${this.confirmed}`)
    this.confirmed = receipt
    this.#onConfirmed()
    if (this.#stopping && this.confirmed === this.#highest) this.#finish()
    else this.#fill()
  }

  /** New ones while it may; once it is told to stop, only what may have been lost. */
  #fill(): void {
    const end = this.#stopping ? this.#highest : this.confirmed + WINDOW
    while (this.#sent < end) this.#send(++this.#sent)
  }

  #send(number: number): void {
    this.#highest = Math.max(this.#highest, number)
    this.#client?.send(
      'SEND',
      { destination: this.#destination, receipt: String(number), 'x-message-id': `${this.name}-${number}` },
      `${this.name} ${number}`,
    )
  }
}

/** Subscribes, and comes back with the offset after the last that it has got. */
export class Watcher {
  readonly bodies: string[] = []
  readonly complaints: string[] = []
  readonly #destination: string
  readonly #port: () => number
  #client: RawClient | undefined
  #last = 0
  #epoch: string | undefined
  #until: number | undefined
  #done = (): void => {}

  constructor(destination: string, port: () => number) {
    this.#destination = destination
    this.#port = port
  }

  /** Resolves when `finish` was called and everything has come. */
  async run(): Promise<void> {
    const finished = new Promise<void>((resolve) => (this.#done = resolve))
    let over = false
    void finished.then(() => (over = true))
    while (!over) {
      this.#client = await RawClient.open(this.#port(), (frame) => this.#received(frame))
      this.#client?.send('SUBSCRIBE', {
        id: '1',
        destination: this.#destination,
        receipt: 'subscribed',
        'x-stream-offset': `offset=${this.#last + 1}`,
        ...(this.#epoch !== undefined && { 'x-stream-epoch': this.#epoch }),
      })
      if (this.#client === undefined) await pause(RETRY_MS)
      else await Promise.race([this.#client.gone, finished])
    }
    this.#client?.cut()
  }

  /** Nothing more will be published. */
  finish(count: number): void {
    this.#until = count
    this.#look()
  }

  #received({ command, headers, body }: Frame): void {
    if (command === 'ERROR' && headers.get('code') !== 'history-unavailable') {
      this.complaints.push(`ERROR ${headers.get('message')}`)
    }
    if (command === 'RECEIPT' && headers.get('x-stream-recovered') !== 'true') {
      this.complaints.push(`not recovered after ${this.#last}`)
    }
    if (command !== 'MESSAGE') return
    const offset = Number(headers.get('x-stream-offset'))
    if (offset !== this.#last + 1) this.complaints.push(`${offset} after ${this.#last}`)
    this.#last = offset
    this.#epoch = headers.get('x-stream-epoch')
    this.bodies.push(utf8Decode(body))
    this.#look()
  }

  #look(): void {
    if (this.#until !== undefined && this.bodies.length >= this.#until) this.#done()
  }
}

/** What is wrong with what a watcher has got: every message of every publisher once, and in the order of its sending. */
export function complaints(watcher: Watcher, publishers: readonly Publisher[]): string[] {
  const wrong = [...watcher.complaints]
  for (const { name, confirmed } of publishers) {
    const numbers = watcher.bodies
      .filter((body) => body.startsWith(`${name} `))
      .map((body) => Number(body.split(' ')[1]))
    for (const [i, number] of numbers.entries()) {
      if (number !== i + 1) wrong.push(`${name}: ${number} in the place of ${i + 1}`)
    }
    if (numbers.length !== confirmed) wrong.push(`${name}: ${numbers.length} of ${confirmed}`)
  }
  return wrong
}
