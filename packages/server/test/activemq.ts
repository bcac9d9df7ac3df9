import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accepting, freePorts } from '../../../tools/rabbitmq-server.js'

const LIBRARIES = '/usr/share/activemq/lib'

/** An ActiveMQ Classic of a test's own: on loopback, with nothing on disk. */
export class ActiveMq {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.#process = child
  }

  static async start(): Promise<ActiveMq> {
    const [port] = await freePorts(1)
    const child = spawn(
      'java',
      [
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        `${LIBRARIES}/*:${LIBRARIES}/optional/*`,
        'org.apache.activemq.console.Main',
        'start',
        `broker:(stomp://127.0.0.1:${port})?persistent=false&useJmx=false&brokerName=ground`,
      ],
      { stdio: 'ignore' },
    )
    await accepting(port!, child)
    return new ActiveMq(port!, child)
  }

  get url(): string {
    return `stomp://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }
}
