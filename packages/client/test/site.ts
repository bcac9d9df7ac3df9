import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer as createTcpServer } from 'node:net'
import { createStompServer } from 'stomping-ground'
import type { StompServer, StompServerOptions, StompUser } from 'stomping-ground'
import { onTestFinished } from 'vitest'
import type { NoRoutes, RouteTypes } from 'stomping-ground/contract'
import { WebSocket } from 'ws'
import { createClient } from '../src/index.js'
import type { Client, ClientOptions, ClientSocket } from '../src/index.js'

export interface Site<User extends StompUser> {
  readonly stomp: StompServer<User>
  readonly network: Network
  /** Closes the server, and begins another in its place, with these options or the same. */
  readonly restart: (options?: StompServerOptions<User>) => Promise<void>
  /** The one that runs, after a restart too. */
  readonly current: () => StompServer<User>
  /** `ws:` through the network. */
  readonly url: string
  /** A client that comes through the network, and is closed after the test. */
  readonly client: <Routes extends RouteTypes = NoRoutes>(options?: Partial<ClientOptions>) => Client<Routes>
}

const NodeWebSocket = WebSocket as unknown as new (url: string, protocols: string[]) => ClientSocket

/** A STOMP server at /stomp behind a network that a test can cut. After the test all of it closes. */
export async function site<User extends StompUser = StompUser>(
  options: StompServerOptions<User> = {},
): Promise<Site<User>> {
  const http = createServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const begin = (given: StompServerOptions<User>): StompServer<User> => {
    const server = createStompServer<User>(given)
    server.attach(http, { path: '/stomp', sockjs: true })
    return server
  }
  let stomp = begin(options)
  const network = await Network.before((http.address() as AddressInfo).port)
  const url = `ws://127.0.0.1:${network.port}/stomp`
  const clients: Client[] = []
  onTestFinished(async () => {
    await Promise.all(clients.map((client) => client.close()))
    const closed = once(http, 'close')
    http.close()
    await stomp.close()
    await network.close()
    await closed
  })
  return {
    stomp,
    network,
    async restart(others = options) {
      await stomp.close()
      stomp = begin(others)
    },
    current: () => stomp,
    url,
    client<Routes extends RouteTypes = NoRoutes>(clientOptions: Partial<ClientOptions> = {}): Client<Routes> {
      const client = createClient<Routes>({
        ...(clientOptions.webSocketFactory === undefined && { url, WebSocket: NodeWebSocket }),
        backoff: { baseMs: 1, capMs: 20 },
        ...clientOptions,
      })
      clients.push(client)
      return client
    },
  }
}

/** Passes bytes on, until it is cut. */
class Network {
  readonly #server
  readonly #sockets = new Set<Socket>()
  /** While it is down it takes nobody. */
  down = false
  /** So many have been made through it. */
  connections = 0
  /** While it is set, nothing from the server gets through: what was sent arrives, its receipt does not. */
  mute = false

  private constructor(target: number) {
    this.#server = createTcpServer((near) => {
      if (this.down) {
        near.destroy()
        return
      }
      this.connections++
      const far = connect(target, '127.0.0.1')
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => one.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
      near.pipe(far)
      far.on('data', (bytes) => this.mute || near.write(bytes))
    })
  }

  static async before(target: number): Promise<Network> {
    const network = new Network(target)
    network.#server.listen(0, '127.0.0.1')
    await once(network.#server, 'listening')
    return network
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Things as they come, to be awaited one by one. */
export class Inbox<T> {
  readonly #items: T[] = []
  readonly #waiting: ((item: T) => void)[] = []

  readonly put = (item: T): void => {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#items.push(item)
    else waiting(item)
  }

  next(): Promise<T> {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift()!)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async take(count: number): Promise<T[]> {
    const items: T[] = []
    while (items.length < count) items.push(await this.next())
    return items
  }
}

/** Resolves when something observed is of a kind. */
export function until(
  observed: { getSnapshot(): { readonly kind: string }; subscribe(listener: () => void): () => void },
  kind: string,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = observed.subscribe(look)
    function look(): void {
      if (observed.getSnapshot().kind !== kind) return
      stop()
      resolve()
    }
    look()
  })
}
