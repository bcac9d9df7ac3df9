import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'

/** A RabbitMQ of a test's own: on loopback, in a folder that is gone afterwards. */
export class RabbitMq {
  readonly port: number
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string, environment: NodeJS.ProcessEnv) {
    this.port = port
    this.#folder = folder
    this.#environment = environment
  }

  static async start(): Promise<RabbitMq> {
    const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'))
    const [port, amqp, distribution, mapper] = await freePorts(4)
    const at = (name: string): string => join(folder, name)
    await writeFile(at('enabled_plugins'), '[rabbitmq_stomp].\n')
    await writeFile(
      at('rabbitmq.conf'),
      [
        `listeners.tcp.1 = 127.0.0.1:${amqp}`,
        `stomp.listeners.tcp.1 = 127.0.0.1:${port}`,
        'log.console = false',
        'loopback_users.guest = true',
        'vm_memory_high_watermark.absolute = 1GB',
        'disk_free_limit.absolute = 10MB',
        '',
      ].join('\n'),
    )
    const broker = new RabbitMq(port!, folder, {
      ...process.env,
      HOME: folder,
      RABBITMQ_NODENAME: `ground${port}@localhost`,
      RABBITMQ_NODE_PORT: String(amqp),
      RABBITMQ_DIST_PORT: String(distribution),
      RABBITMQ_MNESIA_BASE: at('data'),
      RABBITMQ_LOG_BASE: at('log'),
      RABBITMQ_ENABLED_PLUGINS_FILE: at('enabled_plugins'),
      RABBITMQ_CONFIG_FILE: at('rabbitmq.conf'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 1:1 +sbwt none',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // Or it would not end while it believes that a node lives which was killed just now.
      ERL_EPMD_RELAXED_COMMAND_CHECK: '1',
      ERL_EPMD_PORT: String(mapper),
    })
    try {
      await broker.boot()
    } catch (error) {
      await broker.stop()
      throw error
    }
    return broker
  }

  get url(): string {
    return `stomp://guest:guest@127.0.0.1:${this.port}`
  }

  /** Starts it, again with what it kept, and waits until it accepts connections. */
  async boot(): Promise<void> {
    const child = spawn(SERVER, { env: this.#environment, stdio: 'ignore', detached: true })
    this.#process = child
    await accepting(this.port, child)
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    process.kill(-child.pid!, 'SIGKILL')
    await gone
  }

  async stop(): Promise<void> {
    await this.kill()
    // Erlang's port mapper outlives its node.
    const mapper = spawn('epmd', ['-kill'], { env: this.#environment, stdio: 'ignore' })
    await once(mapper, 'exit')
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Waits until something accepts connections at a port, as long as this process lives. */
export async function accepting(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(port, '127.0.0.1')
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (connected) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`The broker ended before it accepted connections: ${child.exitCode ?? child.signalCode}`)
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}
