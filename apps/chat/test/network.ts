import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A network between a node and what is behind it, that can be cut and that can stall: a TCP proxy. */
export class Network {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #stalled = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async to(target: number): Promise<Network> {
    const server = createServer({ noDelay: true })
    const network = new Network(server)
    server.on('connection', (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
      network.#join(near, far)
      network.#join(far, near)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return network
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** What is on its way is lost; what connects again gets through. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nothing passes, and nobody is told, until `flow`. */
  stall(): void {
    this.#stalled = true
    for (const socket of this.#sockets) socket.pause()
  }

  flow(): void {
    this.#stalled = false
    for (const socket of this.#sockets) socket.resume()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('data', (bytes: Buffer) => to.write(bytes))
    from.on('error', () => from.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
    if (this.#stalled) from.pause()
  }
}
