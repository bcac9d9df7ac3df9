import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresPrograms } from './requirements.js'

/**
 * A PostgreSQL in a folder and on a port of its own. It does not wait for the disk: what it has written outlives its own
 * crashes, and the machine has none in a test. Else it would bring all of its files to the disk after each crash.
 */
export class PostgresServer {
  readonly #programs: string
  readonly #folder: string
  readonly #port: number
  readonly #settings: readonly string[]
  #child: ChildProcess | undefined

  private constructor(programs: string, folder: string, port: number, settings: readonly string[]) {
    this.#programs = programs
    this.#folder = folder
    this.#port = port
    this.#settings = settings
  }

  /** @param settings more of them, as `name=value` */
  static async started(settings: readonly string[] = []): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
    chmodSync(folder, 0o777)
    const server = new PostgresServer(postgresPrograms!, folder, await freePort(), settings)
    const [program, ...args] = server.#as(
      'initdb',
      '-D',
      join(folder, 'data'),
      '-A',
      'trust',
      '-U',
      'test',
      '-N',
      '--locale=C',
      '--encoding=UTF8',
    )
    const made = spawnSync(program!, args, { cwd: folder })
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr.toString()}`)
    await server.start()
    return server
  }

  get url(): string {
    return `postgres://test@127.0.0.1:${this.#port}/postgres`
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const settings = [
      `port=${this.#port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${this.#folder}`,
      'fsync=off',
      ...this.#settings,
    ]
    const options = settings.flatMap((one) => ['-c', one])
    const [program, ...args] = this.#as('postgres', '-D', join(this.#folder, 'data'), ...options)
    const child = spawn(program!, args, { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      let printed = ''
      child.stderr.on('data', (bytes: Buffer) => {
        if ((printed += bytes.toString()).includes('ready to accept connections')) resolve()
      })
      child.once('exit', () => reject(new Error(`postgres ended: ${printed}`)))
    })
  }

  /** Ends it at once, its clients are cut off; by SIGQUIT as a crash does, with a recovery when it is started again. */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }

  /** From now on this user needs the password; everybody else needs none. */
  async guard(user: string): Promise<void> {
    const rules = join(this.#folder, 'data', 'pg_hba.conf')
    const before = readFileSync(rules, 'utf8')
    writeFileSync(rules, `host all ${user} all scram-sha-256\n${before}`)
    await this.stop()
    await this.start()
  }

  async remove(): Promise<void> {
    await this.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** root cannot run it: Debian's user of that name does. setpriv becomes the program, so signals reach it. */
  #as(program: string, ...args: string[]): string[] {
    const own = [join(this.#programs, program), ...args]
    if (process.getuid?.() !== 0) return own
    return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--', ...own]
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
