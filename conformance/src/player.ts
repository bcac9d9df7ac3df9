import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Line } from './line.js'
import type { ForeignClient } from './clients.js'
import type { Received } from './witness.js'

export interface ConnectOptions {
  /** Default: the newest that the client has. */
  readonly version?: string
  /** What the client offers and wants, in milliseconds. Default: none. */
  readonly heartbeat?: readonly [number, number]
  /** Whether it comes back, by its own means or by what its users do, and subscribes again. */
  readonly recover?: boolean
}

export interface SubscribeOptions {
  readonly ack?: 'auto' | 'client' | 'client-individual'
  readonly headers?: Readonly<Record<string, string>>
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly transaction?: string
}

/** What a client hears: a message, an ERROR, or that its connection is gone. */
export interface Heard {
  readonly message?: Received
  readonly error?: { readonly message: string }
  readonly closed?: true
}

const LOGIN = 'player'

/** A foreign client in a process of its own, which does one act after the other: see `clients/play.mjs`. */
export class Player {
  static readonly login = LOGIN
  readonly #client: ForeignClient
  readonly #line: Line
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  /** What was said and heard, for the person who has to find out why it failed. */
  readonly #transcript: string[] = []

  constructor(client: ForeignClient, line: Line) {
    const [command, ...args] = client.command
    this.#client = client
    this.#line = line
    this.#child = spawn(command, args)
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => this.#transcript.push(`! ${text}`))
    // Writing to one that has died: its missing answer tells.
    this.#child.stdin.on('error', () => {})
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  get transcript(): string {
    return this.#transcript.join('\n')
  }

  async connect(options: ConnectOptions = {}): Promise<{ session?: string }> {
    const { version = this.#client.versions.at(-1)!, heartbeat = [0, 0], recover = false } = options
    const { port } = this.#line
    const where = { host: '127.0.0.1', port, url: `ws://127.0.0.1:${port}/stomp` }
    return (await this.#act('connect', {
      ...where,
      version,
      heartbeat,
      recover,
      login: LOGIN,
      passcode: 'secret',
    })) as { session?: string }
  }

  /** The subscription's id is the destination. */
  async subscribe(destination: string, { ack = 'auto', headers = {} }: SubscribeOptions = {}): Promise<void> {
    await this.#act('subscribe', { destination, id: destination, ack, headers })
  }

  async unsubscribe(destination: string): Promise<void> {
    await this.#act('unsubscribe', { destination, id: destination })
  }

  async send(
    destination: string,
    body: string,
    { headers = {}, transaction }: SendOptions = {},
  ): Promise<void> {
    await this.#act('send', { destination, body, headers, transaction })
  }

  /** Sends and waits for the receipt. */
  async sendWithReceipt(destination: string, body: string): Promise<void> {
    await this.#act('send', { destination, body, headers: {}, receipt: 'please' })
  }

  /** Acknowledges the message that was the n-th to come, from 0. */
  async ack(message: number, transaction?: string): Promise<void> {
    await this.#act('ack', { message, transaction })
  }

  async nack(message: number): Promise<void> {
    await this.#act('nack', { message })
  }

  async begin(transaction: string): Promise<void> {
    await this.#act('begin', { transaction })
  }

  async commit(transaction: string): Promise<void> {
    await this.#act('commit', { transaction })
  }

  async abort(transaction: string): Promise<void> {
    await this.#act('abort', { transaction })
  }

  /** What it hears next. */
  async next(): Promise<Heard> {
    return (await this.#act('next', {})) as Heard
  }

  async nextMessage(): Promise<Received> {
    const heard = await this.next()
    if (heard.message === undefined) throw new Error(`No message: ${JSON.stringify(heard)}`)
    return heard.message
  }

  /** Leaves in the way that the library has for it, and waits until the broker has closed too. */
  async disconnect(): Promise<void> {
    await this.#act('disconnect', {})
    await this.#line.brokerEnded()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #act(act: string, given: object): Promise<unknown> {
    const asked = JSON.stringify({ do: act, ...given })
    this.#transcript.push(`> ${asked}`)
    this.#child.stdin.write(`${asked}\n`)
    const { value, done } = await this.#answers.next()
    if (done === true) throw new Error(`${this.#client.name} ended during ${act}`)
    this.#transcript.push(`< ${value}`)
    const answer = JSON.parse(value) as { saw?: unknown; failed?: string }
    if (answer.failed !== undefined)
      throw new Error(`${this.#client.name} failed at ${act}: ${answer.failed}`)
    return answer.saw
  }
}
