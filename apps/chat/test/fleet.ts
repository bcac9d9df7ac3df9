import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PostgresServer } from '../../../tools/postgres-server.js'
import { RabbitMq } from '../../../tools/rabbitmq-server.js'
import { Balancer } from './balancer.js'
import { ChatProcess } from './chat-process.js'
import { CuttingProxy } from '../../../tools/cutting-proxy.js'

/** The chat as it runs on several machines: nodes behind HAProxy, RabbitMQ and PostgreSQL behind the nodes. */
export class Fleet {
  readonly broker: RabbitMq
  /** Between each node and the broker. */
  readonly networks: readonly CuttingProxy[]
  readonly nodes: readonly ChatProcess[]
  readonly rooms: readonly string[]
  readonly balancer: Balancer
  readonly #end: (() => Promise<void> | void)[]

  private constructor(parts: Omit<Fleet, 'stop'>, end: (() => Promise<void> | void)[]) {
    this.broker = parts.broker
    this.networks = parts.networks
    this.nodes = parts.nodes
    this.rooms = parts.rooms
    this.balancer = parts.balancer
    this.#end = end
  }

  static async started(size: number, roomCount: number): Promise<Fleet> {
    const end: (() => Promise<void> | void)[] = []
    try {
      const folder = mkdtempSync(join(tmpdir(), 'chat-fleet-'))
      end.push(() => rmSync(folder, { recursive: true, force: true }))
      const [broker, database] = await Promise.all([
        RabbitMq.start(),
        PostgresServer.started(['max_connections=100']),
      ])
      end.push(
        () => broker.stop(),
        () => database.remove(),
      )
      const networks: CuttingProxy[] = []
      const nodes: ChatProcess[] = []
      const rooms: string[] = []
      for (let i = 0; i < size; i++) {
        const network = await CuttingProxy.started(broker.port)
        end.push(() => network.close())
        const node = await ChatProcess.started(join(folder, String(i)), {
          DATABASE_URL: database.url,
          BROKER_URL: `stomp://guest:guest@127.0.0.1:${network.port}`,
          TRUST_PROXY: '1',
          LOG_LEVEL: 'fatal',
        })
        end.push(() => node.kill())
        networks.push(network)
        nodes.push(node)
        while (rooms.length < roomCount) rooms.push(await node.makeRoom(`room ${rooms.length}`))
      }
      const balancer = await Balancer.before(nodes.map(({ url }) => new URL(url).host))
      end.push(() => balancer.stop())
      return new Fleet({ broker, networks, nodes, rooms, balancer }, end)
    } catch (error) {
      for (const stop of end.toReversed()) await stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#end.toReversed()) await stop()
  }
}
