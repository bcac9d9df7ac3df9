import { utf8Decode } from '@stomping-ground/codec'
import type { ClientCommand, Frame } from '@stomping-ground/codec'
import type { IncomingMessage } from 'node:http'
import type { AckMode } from '../broker/broker.js'
import type { Address } from '../contract.js'
import type { DisconnectReason } from '../errors.js'
import { StompError } from '../errors.js'
import { decodeBody, encodeBody, encodeJson } from '../messaging/body.js'
import type { Accept } from '../transport/connection.js'
import { Mailbox } from './mailbox.js'
import { turn } from './manual-clock.js'
import { MemoryClient } from './memory-client.js'

export interface TestClientOptions {
  readonly login?: string
  readonly passcode?: string
  /** More headers of CONNECT. */
  readonly headers?: Readonly<Record<string, string>>
  /** What `authenticate` gets as the HTTP request that opened the connection. Default: none. */
  readonly request?: IncomingMessage
  /** Default 192.0.2.1, an address that is nobody's (RFC 5737). */
  readonly remoteAddress?: string
  /** How long it waits for an answer or a message: real time, whatever the server's clock says. Default 1,000 ms. */
  readonly withinMs?: number
}

export interface TestSubscribeOptions {
  readonly ack?: AckMode
  readonly headers?: Readonly<Record<string, string>>
}

export interface TestSendOptions {
  readonly headers?: Readonly<Record<string, string>>
}

/** A MESSAGE as its subscriber sees it. */
export interface TestMessage<Body = unknown> {
  readonly destination: string
  readonly headers: Readonly<Record<string, string>>
  /** What the content type says: JSON, a string, bytes; `undefined` where there is neither. It is not validated. */
  readonly body: Body
  /** Acknowledges it, where the subscription does not do so by itself. Done means that the server has taken it. */
  ack(): Promise<void>
  nack(): Promise<void>
}

export interface TestSubscription<Body = unknown> {
  readonly id: string
  /** The headers of the RECEIPT that said that it is active. */
  readonly receipt: Readonly<Record<string, string>>
  /** The next message, at once or when it comes. @throws Error when none comes in time, or the session has ended */
  receive(): Promise<TestMessage<Body>>
  /** What has come and was not received yet, once the server has written all that it has at this moment. */
  pending(): Promise<TestMessage<Body>[]>
  unsubscribe(): Promise<void>
}

/**
 * A STOMP client of a server in the same process, without a socket between them: for tests of handlers, permissions and
 * authentication. Everything that it asks for waits for the server's RECEIPT, so what a handler did has happened when the
 * promise of `send` is fulfilled. A refusal is a StompError with the server's code; the session is over then, as for
 * any other client.
 */
export class TestClient {
  /** Why the session has ended, once it has. */
  readonly closed: Promise<DisconnectReason>
  /** The headers of CONNECTED: `session`, `user-name`, ... */
  readonly connected: Readonly<Record<string, string>>
  readonly #connection: MemoryClient
  readonly #withinMs: number
  readonly #answers = new Mailbox<Frame>()
  readonly #messages = new Mailbox<{ readonly subscription: string; readonly message: TestMessage }>()
  #ids = 0

  private constructor(connection: MemoryClient, connected: Frame, withinMs: number) {
    this.#connection = connection
    this.#withinMs = withinMs
    this.connected = connected.headers.toObject()
    this.closed = connection.closed.then((reason) => {
      const error = new Error(`The session has ended: ${reason.name}`)
      this.#answers.close(error)
      this.#messages.close(error)
      return reason
    })
    void this.#read()
  }

  /**
   * Connects a client to a server and waits until that has let it in.
   *
   * @throws StompError with the code of the server's ERROR when it does not
   */
  static async connect(
    server: { readonly accept: Accept },
    options: TestClientOptions = {},
  ): Promise<TestClient> {
    const { login, passcode, headers, request, remoteAddress, withinMs = 1_000 } = options
    const connection = new MemoryClient(server.accept, {
      ...(request !== undefined && { request }),
      ...(remoteAddress !== undefined && { remoteAddress }),
    })
    connection.send('CONNECT', {
      'accept-version': '1.2',
      host: 'test',
      ...(login !== undefined && { login }),
      ...(passcode !== undefined && { passcode }),
      ...headers,
    })
    const answer = await connection.arrival()
    if (answer.command !== 'CONNECTED') throw refusal(answer)
    return new TestClient(connection, answer, withinMs)
  }

  /**
   * Sends one message and waits until it is handled. As `messaging.send` does, it sends a payload for an address as JSON,
   * and to a destination by name bytes as they are, a string as text, anything else as JSON. `undefined` is no body.
   *
   * @throws StompError when the server refuses it
   */
  send(to: string, payload?: unknown, options?: TestSendOptions): Promise<void>
  // The last: the compiler's complaints are about this one.
  send<Body>(to: Address<Body>, payload: Body, options?: TestSendOptions): Promise<void>
  async send(
    to: Address<unknown> | string,
    payload?: unknown,
    { headers }: TestSendOptions = {},
  ): Promise<void> {
    const encoded =
      payload === undefined ? undefined : typeof to === 'string' ? encodeBody(payload) : encodeJson(payload)
    await this.#ask(
      'SEND',
      {
        destination: nameOf(to),
        ...(encoded !== undefined && { 'content-type': encoded.contentType }),
        ...headers,
      },
      encoded?.body,
    )
  }

  /**
   * Subscribes and waits until that is done. Bodies have the type of the address, as JSON carries it: a Date arrives as
   * a string.
   *
   * @throws StompError when the server refuses it
   */
  subscribe<Body>(to: Address<Body>, options?: TestSubscribeOptions): Promise<TestSubscription<Body>>
  subscribe(to: string, options?: TestSubscribeOptions): Promise<TestSubscription>
  async subscribe(
    to: Address<unknown> | string,
    { ack = 'auto', headers }: TestSubscribeOptions = {},
  ): Promise<TestSubscription<never>> {
    const id = `sub-${this.#ids++}`
    const destination = nameOf(to)
    const answer = await this.#ask('SUBSCRIBE', { id, destination, ack, ...headers })
    const mine = ({ subscription }: { subscription: string }): boolean => subscription === id
    return {
      id,
      receipt: answer.headers.toObject(),
      receive: async () => {
        const what = `A message for the subscription to ${destination}`
        return (await this.#messages.take(mine, this.#withinMs, what)).message as TestMessage<never>
      },
      pending: async () => {
        await turn()
        return this.#messages.takeAll(mine).map(({ message }) => message as TestMessage<never>)
      },
      unsubscribe: async () => void (await this.#ask('UNSUBSCRIBE', { id })),
    }
  }

  /** The next message for any of its subscriptions. @throws Error when none comes in time, or the session has ended */
  async receive(): Promise<TestMessage> {
    return (await this.#messages.take(() => true, this.#withinMs, 'A message')).message
  }

  /** Says DISCONNECT, and waits until the connection is closed. */
  async disconnect(): Promise<void> {
    await this.#ask('DISCONNECT', {})
    await this.closed
  }

  /** The connection goes away without a word, as when a cable is cut. */
  cut(): void {
    this.#connection.cut()
  }

  async #ask(
    command: ClientCommand,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<Frame> {
    const receipt = `receipt-${this.#ids++}`
    this.#connection.send(command, { ...headers, receipt }, body)
    const answer = await this.#answers.take(
      (frame) => frame.headers.get('receipt-id') === receipt || frame.command === 'ERROR',
      this.#withinMs,
      `The answer to ${command}`,
    )
    if (answer.command === 'ERROR') throw refusal(answer)
    return answer
  }

  async #read(): Promise<never> {
    for (;;) {
      const frame = await this.#connection.arrival()
      if (frame.command !== 'MESSAGE') this.#answers.put(frame)
      else {
        const subscription = frame.headers.get('subscription') ?? ''
        this.#messages.put({ subscription, message: this.#message(frame) })
      }
    }
  }

  #message(frame: Frame): TestMessage {
    const headers = frame.headers.toObject()
    const { destination = '', ack: id = '' } = headers
    return {
      destination,
      headers,
      body: decodeBody({ destination, headers: frame.headers, body: frame.body }),
      ack: async () => void (await this.#ask('ACK', { id })),
      nack: async () => void (await this.#ask('NACK', { id })),
    }
  }
}

function nameOf(to: Address<unknown> | string): string {
  return typeof to === 'string' ? to : to.destination
}

function refusal({ headers, body }: Frame): StompError {
  const [message, detail] = [headers.get('message'), utf8Decode(body)]
  return new StompError(headers.get('code') ?? 'refused', message, detail === message ? {} : { detail })
}
