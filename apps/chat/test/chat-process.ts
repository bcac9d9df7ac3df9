import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/server/main.js', import.meta.url))

/** The chat as a person starts it: a process of its own, that can be killed and started again on the same port. */
export class ChatProcess {
  readonly url: string
  readonly #environment: NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  private constructor(port: number, dataDir: string, environment: NodeJS.ProcessEnv) {
    this.url = `http://127.0.0.1:${port}`
    this.#environment = {
      ...process.env,
      PORT: String(port),
      DATA_DIR: dataDir,
      STOMP_TCP_PORT: '0',
      LOG_LEVEL: 'warn',
      ...environment,
    }
  }

  static async started(dataDir: string, environment: NodeJS.ProcessEnv = {}): Promise<ChatProcess> {
    const chat = new ChatProcess(await freePort(), dataDir, environment)
    await chat.start()
    return chat
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [MAIN], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      let printed = ''
      child.stdout.on('data', (bytes: Buffer) => {
        if ((printed += bytes.toString()).includes('http://localhost:')) resolve()
      })
      child.once('exit', (code) => reject(new Error(`The chat ended with ${code}: ${printed}`)))
    })
  }

  /** @returns the id of a new room */
  async makeRoom(name: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/rooms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    })
    if (answer.status !== 201) throw new Error(`No room was made: ${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { id: string }).id
  }

  /** How many STOMP sessions it has. */
  async sessions(): Promise<number> {
    const metrics = await (await fetch(`${this.url}/metrics`)).text()
    return Number(/^stomp_sessions (\d+)$/m.exec(metrics)?.[1])
  }

  /** Ends it without a goodbye, as a crash does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it as an operator does. @returns its exit code */
  drain(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child!
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const exit = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exit) as [number | null]
    return code
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
