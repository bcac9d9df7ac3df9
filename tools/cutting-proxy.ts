import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A network that can be cut, and that can stall: a TCP proxy, for the tests of several workspaces. */
export class CuttingProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #stalled = false

  private constructor(server: Server) {
    this.#server = server
  }

  static async started(target: number): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true })
    const proxy = new CuttingProxy(server)
    server.on('connection', (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        proxy.#sockets.add(one)
        // Not `pipe`, which would go on by itself after a stall.
        one.on('data', (bytes) => {
          if (other.write(bytes) || proxy.#stalled) return
          one.pause()
          other.once('drain', () => proxy.#stalled || one.resume())
        })
        one.on('end', () => other.end())
        if (proxy.#stalled) one.pause()
        one.on('error', () => one.destroy())
        one.on('close', () => {
          proxy.#sockets.delete(one)
          other.destroy()
        })
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Nothing comes through, and nobody hears of it, until `flow`. */
  stall(): void {
    this.#stalled = true
    for (const socket of this.#sockets) socket.pause()
  }

  flow(): void {
    this.#stalled = false
    for (const socket of this.#sockets) socket.resume()
  }

  /** What is on its way is lost. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
