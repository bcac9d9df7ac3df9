import { EventEmitter, once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Frame } from '@stomping-ground/codec'
import { Tap } from './tap.js'
import type { Transport } from './tap.js'

/** The line between a client and the broker: a TCP proxy that listens to what passes, and can be cut. */
export class Line {
  readonly port: number
  readonly #server: Server
  readonly #transport: Transport
  readonly #brokerPort: number
  readonly #changes = new EventEmitter()
  readonly #sockets = new Set<Socket>()
  #fromClient: Tap
  #fromBroker: Tap
  #brokerEnded = false

  private constructor(server: Server, transport: Transport, brokerPort: number) {
    this.port = (server.address() as AddressInfo).port
    this.#server = server
    this.#transport = transport
    this.#brokerPort = brokerPort
    this.#fromClient = new Tap(transport, 'client')
    this.#fromBroker = new Tap(transport, 'server')
    server.on('connection', (client: Socket) => this.#join(client))
  }

  static async open(transport: Transport, brokerPort: number): Promise<Line> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Line(server, transport, brokerPort)
  }

  /** The last frame of this command that the client sent on the present connection. */
  fromClient(command: string): Frame | undefined {
    return this.#fromClient.frames.findLast((frame) => frame.command === command)
  }

  fromBroker(command: string): Frame | undefined {
    return this.#fromBroker.frames.findLast((frame) => frame.command === command)
  }

  /** Resolves when each side has sent so many heart-beats. */
  heartbeats(count: number): Promise<void> {
    return this.#until(() => this.#fromClient.heartbeats >= count && this.#fromBroker.heartbeats >= count)
  }

  /** Resolves when the broker has closed its side of the connection. */
  brokerEnded(): Promise<void> {
    return this.#until(() => this.#brokerEnded)
  }

  /** Cuts the present connections without a goodbye; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  close(): void {
    this.#server.close()
    this.cut()
  }

  #join(client: Socket): void {
    const broker = connect({ port: this.#brokerPort, host: '127.0.0.1', noDelay: true })
    const fromClient = (this.#fromClient = new Tap(this.#transport, 'client'))
    const fromBroker = (this.#fromBroker = new Tap(this.#transport, 'server'))
    this.#brokerEnded = false
    this.#carry(client, broker, fromClient)
    this.#carry(broker, client, fromBroker)
    const ended = (): void => {
      this.#brokerEnded = true
      this.#changes.emit('change')
    }
    broker.on('end', ended).on('close', ended)
  }

  #carry(from: Socket, to: Socket, tap: Tap): void {
    this.#sockets.add(from)
    from.on('data', (bytes: Buffer) => {
      tap.push(bytes)
      to.write(bytes)
      this.#changes.emit('change')
    })
    from.on('end', () => to.end())
    // A side that is reset takes the other one with it.
    from.on('error', () => to.resetAndDestroy())
    from.on('close', () => this.#sockets.delete(from))
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#changes, 'change')
  }
}
