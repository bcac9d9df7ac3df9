import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { accepting, freePorts } from '../../../tools/rabbitmq-server.js'

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/haproxy.cfg', import.meta.url))

/** HAProxy with the configuration that the deployment has, in front of two or three nodes. */
export class Balancer {
  readonly url: string
  readonly #process: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.url = `http://127.0.0.1:${port}`
    this.#process = child
  }

  /** @param nodes host and port of each */
  static async before(nodes: readonly string[]): Promise<Balancer> {
    const [port] = await freePorts(1)
    const named = Object.fromEntries(nodes.map((node, i) => [`NODE_${i + 1}`, node]))
    const child = spawn('/usr/sbin/haproxy', ['-db', '-q', '-f', CONFIGURATION], {
      env: { ...named, BIND: `127.0.0.1:${port}` },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await accepting(port!, child)
    return new Balancer(port!, child)
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }
}
