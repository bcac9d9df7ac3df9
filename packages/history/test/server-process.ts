import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const SCRIPT = fileURLToPath(new URL('durable-server.mjs', import.meta.url))

/** A server in a process of its own, that can be killed and started again on the same port and store. */
export class ServerProcess {
  readonly #store: readonly string[]
  #port = 0
  #child: ChildProcess | undefined

  private constructor(store: readonly string[]) {
    this.#store = store
  }

  /** @param store its kind and where it is: `sqlite` and a file, `postgres` and a URL */
  static async started(...store: ['sqlite' | 'postgres', string]): Promise<ServerProcess> {
    const server = new ServerProcess(store)
    await server.start()
    return server
  }

  get port(): number {
    return this.#port
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const args = [SCRIPT, ...this.#store, String(this.#port)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    this.#port = await new Promise<number>((resolve, reject) => {
      let printed = ''
      child.stdout.on('data', (bytes: Buffer) => {
        const found = /listening on (\d+)\n/.exec((printed += bytes.toString()))
        if (found !== null) resolve(Number(found[1]))
      })
      child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${printed}`)))
    })
  }

  /** As a crash does it: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}
