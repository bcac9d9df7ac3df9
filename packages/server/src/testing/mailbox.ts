/** What has arrived and what waits for it, both in order. */
export class Mailbox<Item> {
  #items: Item[] = []
  #waiting: Waiting<Item>[] = []
  #closed: Error | undefined

  put(item: Item): void {
    const at = this.#waiting.findIndex(({ wanted }) => wanted(item))
    if (at === -1) this.#items.push(item)
    else this.#waiting.splice(at, 1)[0]!.resolve(item)
  }

  /**
   * The first item that is wanted: one that is there, or the first that comes.
   *
   * @param what named by the error when none comes in time
   * @throws Error when the time is over, or when the mailbox was closed and no such item is left
   */
  take(wanted: (item: Item) => boolean, withinMs: number, what: string): Promise<Item> {
    const at = this.#items.findIndex(wanted)
    if (at !== -1) return Promise.resolve(this.#items.splice(at, 1)[0]!)
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const give = (settle: () => void): void => {
        clearTimeout(timer)
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        settle()
      }
      const timer = setTimeout(() => {
        give(() => reject(new Error(`${what} did not come within ${withinMs} ms`)))
      }, withinMs)
      const waiting: Waiting<Item> = {
        wanted,
        resolve: (item) => give(() => resolve(item)),
        reject: (error) => give(() => reject(error)),
      }
      this.#waiting.push(waiting)
    })
  }

  /** Everything there that is wanted, taken out. */
  takeAll(wanted: (item: Item) => boolean): Item[] {
    const taken = this.#items.filter(wanted)
    this.#items = this.#items.filter((item) => !taken.includes(item))
    return taken
  }

  /** Nothing more comes: whoever waits gets the error. What is there can still be taken. */
  close(error: Error): void {
    this.#closed = error
    for (const { reject } of this.#waiting.slice()) reject(error)
  }
}

interface Waiting<Item> {
  readonly wanted: (item: Item) => boolean
  readonly resolve: (item: Item) => void
  readonly reject: (error: Error) => void
}
