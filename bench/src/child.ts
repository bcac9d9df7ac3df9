import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Whether server and load stand on different cores: where there are two, and `taskset` is there to say so. */
export const pinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

const SERVER_CORE = 0
const LOAD_CORE = 1

/** Where a file beside this one is. */
const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A program, its arguments, and what it prints once it listens: the port is captured. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  readonly listening: RegExp
  readonly environment?: Readonly<Record<string, string>>
}

export interface ServerProcess {
  readonly pid: number
  readonly port: number
  /** Resident memory in bytes. */
  memory(): number
  /** User and system time spent so far, in seconds. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Starts a server and waits until it listens. */
export async function startServer({
  program,
  args,
  listening,
  environment,
}: ServerCommand): Promise<ServerProcess> {
  const child = start(SERVER_CORE, program, args, environment)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    let printed = ''
    child.stdout!.on('data', (bytes: Buffer) => {
      const found = listening.exec((printed += bytes.toString()))
      if (found !== null) resolve(Number(found[1]))
    })
    void ended.then(() =>
      reject(new Error(`${program} ${args.join(' ')} ended before it listened: ${printed}`)),
    )
  })
  const pid = child.pid!
  return {
    ...measuresOf(pid),
    port,
    stop() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** What a process takes. */
export function measuresOf(pid: number): Pick<ServerProcess, 'pid' | 'memory' | 'cpuSeconds'> {
  return {
    pid,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
  }
}

/** A script of Node's as a server that prints `listening on`. */
export const nodeServer = (name: string, ...args: string[]): ServerCommand => ({
  program: process.execPath,
  args: [beside(`servers/${name}.js`), ...args],
  listening: /listening on (\d+)/,
})

/** A load that has begun. */
export interface Load<Result> {
  /** Waits until it tells that; each line can be waited for once. */
  tells(line: string): Promise<void>
  /** Lets it go on, where it waits. */
  go(): void
  /** The JSON of its last line. */
  readonly result: Promise<Result>
}

export function startLoad<Result>(
  name: string,
  options: object,
  told: (line: string) => void = () => {},
): Load<Result> {
  const child = start(LOAD_CORE, process.execPath, [beside(`load/${name}.js`), JSON.stringify(options)])
  const lines = new Set<string>()
  const lineTold = new EventEmitter()
  let last = ''
  createInterface(child.stdout!).on('line', (line) => {
    last = line
    lines.add(line)
    told(line)
    lineTold.emit(line)
  })
  const result = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(`The load ${name} failed with ${JSON.stringify(options)}`)
    return JSON.parse(last) as Result
  })
  return {
    result,
    go: () => void child.stdin!.write('\n'),
    async tells(line) {
      if (!lines.has(line)) await Promise.race([once(lineTold, line), result])
    },
  }
}

/** Runs a load to its end and gives the JSON of its last line; the lines before it are told as they come. */
export const runLoad = <Result>(
  name: string,
  options: object,
  told?: (line: string) => void,
): Promise<Result> => startLoad<Result>(name, options, told).result

function start(
  core: number,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const [first, ...rest] = pinned ? ['taskset', '-c', String(core), program, ...args] : [program, ...args]
  return spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...environment } })
}
