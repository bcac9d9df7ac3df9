import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const pins = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0

/** Server and load stand on different cores, where there are two and `taskset` is there to say so. */
type Core = 0 | 1

function start(core: Core, script: string, args: readonly string[]): ChildProcess {
  const command = [process.execPath, script, ...args]
  const [program, ...rest] = pins ? ['taskset', '-c', String(core), ...command] : command
  return spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Where a file beside this one is. */
export const beside = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

export interface ServerProcess {
  readonly pid: number
  readonly port: number
  /** Resident memory in bytes. */
  memory(): number
  /** User and system time spent so far, in seconds. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Starts a server that prints its ports, and waits until it has printed one that `pattern` captures. */
export async function startServer(
  script: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<ServerProcess> {
  const child = start(0, script, args)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    let printed = ''
    child.stdout!.on('data', (bytes: Buffer) => {
      const found = pattern.exec((printed += bytes.toString()))
      if (found !== null) resolve(Number(found[1]))
    })
    void ended.then(() => reject(new Error(`${script} ended before it listened`)))
  })
  const pid = child.pid!
  return {
    pid,
    port,
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    cpuSeconds() {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    stop() {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** Runs a load to its end and gives the JSON of its last line; the lines before it are told as they come. */
export async function runLoad<Result>(
  script: string,
  options: object,
  told: (line: string) => void = () => {},
): Promise<Result> {
  const child = start(1, script, [JSON.stringify(options)])
  let last = ''
  createInterface(child.stdout!).on('line', (line) => {
    last = line
    told(line)
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${script} failed`)
  return JSON.parse(last) as Result
}
