import type { Awaitable } from '../src/awaitable.js'
import { memoryStore } from '../src/broker/history/memory-store.js'
import type {
  Appended,
  Content,
  Entry,
  Head,
  HistoryStore,
  Keep,
  PageBounds,
  StoredMessage,
  StoreWatcher,
} from '../src/broker/history/store.js'

/** A store whose every answer is handed to `schedule`, which lets it come when it likes: but those of one kind in order. */
export class SlowStore implements HistoryStore {
  readonly #store: HistoryStore
  readonly #schedule: (answer: () => void) => void
  /** What `append` and `heads` did, in order. */
  #answers: (() => void)[] = []
  /** While set, nothing works. */
  broken: Error | undefined
  /** What `read` gives is what there was when it was called, and not when it answers. */
  readsWhenAsked = false
  readonly watch?: (watcher: StoreWatcher) => void

  constructor(
    schedule: (answer: () => void) => void,
    store: HistoryStore = memoryStore(),
    watch?: (watcher: StoreWatcher) => void,
  ) {
    this.#schedule = schedule
    this.#store = store
    if (watch !== undefined) this.watch = watch
  }

  get epoch(): string {
    return this.#store.epoch
  }

  async start(): Promise<void> {}

  append(entries: readonly Entry[]): Promise<readonly Appended[]> {
    return this.#inOrder(() => this.#store.append(entries))
  }

  replace(destination: string, offset: number, content: Content): Promise<boolean> {
    return this.#inOrder(() => this.#store.replace(destination, offset, content))
  }

  heads(destinations: readonly string[]): Promise<readonly Head[]> {
    return this.#inOrder(() => this.#store.heads(destinations))
  }

  read(destination: string, from: number, bounds: PageBounds): Promise<readonly StoredMessage[]> {
    if (!this.readsWhenAsked) return this.#whenever(() => this.#store.read(destination, from, bounds))
    const read = this.#store.read(destination, from, bounds)
    return this.#whenever(() => read)
  }

  offsetAt(destination: string, time: number): Promise<number> {
    return this.#whenever(() => this.#store.offsetAt(destination, time))
  }

  destinations(after: string | undefined): Promise<readonly string[]> {
    return this.#whenever(() => this.#store.destinations(after))
  }

  trim(keeps: readonly Keep[]): Promise<void> {
    return this.#whenever(() => this.#store.trim(keeps))
  }

  check(): Promise<void> {
    return this.#whenever(() => this.#store.check())
  }

  async stop(): Promise<void> {}

  #inOrder<T>(work: () => Awaitable<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#answers.push(() => this.#do(work, resolve, reject))
      this.#schedule(() => this.#answers.shift()!())
    })
  }

  /** Works when it answers: what was appended meanwhile is there. */
  #whenever<T>(work: () => Awaitable<T>): Promise<T> {
    return new Promise((resolve, reject) => this.#schedule(() => this.#do(work, resolve, reject)))
  }

  #do<T>(
    work: () => Awaitable<T>,
    resolve: (value: Awaitable<T>) => void,
    reject: (error: unknown) => void,
  ): void {
    try {
      if (this.broken !== undefined) throw this.broken
      resolve(work())
    } catch (error) {
      reject(error)
    }
  }
}
