import { Worker } from 'node:worker_threads'
import type { Answer, Answers, Question, Ready, ThreadOptions } from './protocol.js'

interface Asked {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** Where the thread's script is: beside this file when it is built, in the build when the sources run. */
const here = import.meta.url
const SCRIPT = here.endsWith('.ts')
  ? new URL('../../dist/sqlite/thread.js', here)
  : new URL('thread.js', here)

/** The thread of a store, while it lives. */
export class Connection {
  readonly #worker: Worker
  readonly #asked: Asked[] = []
  #head = 0
  #ended: Error | undefined
  #epoch = ''
  /** The thread's first word. */
  #ready: (said: Ready) => void = () => {}
  readonly #exit: Promise<void>

  private constructor(options: ThreadOptions) {
    const worker = new Worker(SCRIPT, { workerData: options, execArgv: [] })
    this.#worker = worker
    worker.on('message', (said: Ready | Answer) => {
      if ('ready' in said) this.#ready(said)
      else this.#answered(said)
    })
    worker.on('error', (error) => this.#end(error))
    this.#exit = new Promise((resolve) =>
      worker.on('exit', () => {
        this.#end(new Error('The thread of the history has ended.'))
        resolve()
      }),
    )
  }

  /** @throws Error that says why the file cannot be used */
  static async open(options: ThreadOptions): Promise<Connection> {
    const connection = new Connection(options)
    const ready = await new Promise<Ready>((resolve) => (connection.#ready = resolve))
    if (!ready.ready) {
      await connection.#exit
      throw new Error(ready.error)
    }
    connection.#epoch = ready.epoch
    // The server's connections keep the process alive, and not its store.
    connection.#worker.unref()
    return connection
  }

  get epoch(): string {
    return this.#epoch
  }

  get alive(): boolean {
    return this.#ended === undefined
  }

  ask<Q extends Question>(question: Q, transfer: ArrayBuffer[] = []): Promise<Answers[Q['do']]> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      if (this.#asked.length - this.#head === 1) this.#worker.ref()
      this.#worker.postMessage(question, transfer)
    })
  }

  async close(): Promise<void> {
    await this.ask({ do: 'close' }).catch(() => {})
    // Whoever waits for the end may be all that is left of the process.
    this.#worker.ref()
    await this.#exit
  }

  #answered(answer: Answer): void {
    const { resolve, reject } = this.#asked[this.#head]!
    this.#head++
    if (this.#head === this.#asked.length) {
      this.#asked.length = 0
      this.#head = 0
      this.#worker.unref()
    }
    if (answer.ok) resolve(answer.value as never)
    else reject(Object.assign(new Error(answer.error.message), { code: answer.error.code }))
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    this.#ready({ ready: false, error: error.message })
    for (const { reject } of this.#asked.splice(this.#head)) reject(error)
    this.#asked.length = 0
    this.#head = 0
  }
}
