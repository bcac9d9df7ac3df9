import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measuresOf, pinned } from './child.js'
import type { ServerProcess } from './child.js'

/** Where packages put the script itself; the one on the path may insist on being root or on a user of its own. */
const SCRIPTS = [
  '/usr/lib/rabbitmq/bin/rabbitmq-server',
  '/opt/rabbitmq/sbin/rabbitmq-server',
  '/usr/local/sbin/rabbitmq-server',
]
const STARTED_WITHIN_MS = 60_000

/** What listens: `port` for WebSockets, `tcpPort` for STOMP over TCP. */
export interface RabbitProcess extends ServerProcess {
  readonly tcpPort: number
  /** Connections over TCP that are open. */
  connections(): number
}

interface Running {
  readonly server: RabbitProcess
  stop(): Promise<void>
}

let running: Promise<Running> | undefined

/** @returns a function that starts it, or gives the one that runs; `undefined` where it is not installed */
export function startRabbit(): (() => Promise<RabbitProcess>) | undefined {
  const script = SCRIPTS.find((path) => existsSync(path))
  if (script === undefined) return undefined
  return async () => (await (running ??= start(script))).server
}

/** Ends it, where it was started. */
export async function stopRabbit(): Promise<void> {
  await (await running)?.stop()
}

/** One of its own: ports, node name, data and epmd of its own, on the loopback interface alone. */
async function start(script: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'stomp-bench-rabbit-'))
  const [amqp, stomp, web, dist, epmd] = (await freePorts(5)) as [number, number, number, number, number]
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `bench${process.pid}@localhost`,
    RABBITMQ_NODE_PORT: String(amqp),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(dist),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', '[rabbitmq_web_stomp].\n'),
    RABBITMQ_CONFIG_FILE: file(
      'rabbitmq.conf',
      [
        `web_stomp.tcp.port = ${web}`,
        'web_stomp.tcp.ip = 127.0.0.1',
        `stomp.listeners.tcp.1 = 127.0.0.1:${stomp}`,
        'log.console = false',
        '',
      ].join('\n'),
    ),
    // One core is what every server here has.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmd),
  }
  const [program, ...args] = pinned ? ['taskset', '-c', '0', script] : [script]
  const child = spawn(program, args, { env: environment, stdio: 'ignore', detached: true })
  const stop = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null) {
      process.kill(-child.pid!, 'SIGKILL')
      await ended
    }
    await stopEpmd(environment)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await listens(web, () => child.exitCode !== null)
  } catch (error) {
    await stop()
    throw error
  }
  const pid = childOf(child.pid!)
  const connections = (): number => established(stomp)
  return {
    stop,
    server: { ...measuresOf(pid), port: web, tcpPort: stomp, connections, stop: async () => {} },
  }
}

/** Connections that a port of the loopback interface has accepted, as Linux lists them: 01 is ESTABLISHED. */
function established(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return lines.filter((line) => {
    const [, address, , state] = line.trim().split(/\s+/)
    return address === local && state === '01'
  }).length
}

/** It ends when it has noticed that nobody is registered any more. */
async function stopEpmd(environment: NodeJS.ProcessEnv): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const { status, stdout } = spawnSync('epmd', ['-kill'], { env: environment })
    if (status === 0 && !stdout.toString().includes('not allowed')) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The script may stay in front of Erlang's virtual machine: that is its child, then. */
function childOf(pid: number): number {
  const { stdout: group } = spawnSync('ps', ['-e', '-o', 'pid=,pgid=,comm='])
  for (const line of group.toString().split('\n')) {
    const [id, owner, name] = line.trim().split(/\s+/)
    if (owner === String(pid) && name === 'beam.smp') return Number(id)
  }
  return pid
}

async function listens(port: number, ended: () => boolean): Promise<void> {
  const deadline = performance.now() + STARTED_WITHIN_MS
  while (performance.now() < deadline && !ended()) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error('RabbitMQ did not start')
}

/** Ports that nobody listens on. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer().listen(0, '127.0.0.1')
      return new Promise<typeof server>((resolve) => server.once('listening', () => resolve(server)))
    }),
  )
  return servers.map((server) => {
    const { port } = server.address() as AddressInfo
    server.close()
    return port
  })
}
