import { readStored, writeStored } from '../storage.js'

/** So many ids of one's own messages are known after a reload. */
const REMEMBERED = 500

/** The ids that this browser gave to messages: what comes with one of them is one's own, after a reload too. */
export class OwnIds {
  readonly #ids = new Set(stored())

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    // Other tabs have added theirs.
    for (const other of stored()) this.#ids.add(other)
    this.#ids.add(id)
    writeStored('wschat.sent', [...this.#ids].slice(-REMEMBERED).join(' '))
  }
}

function stored(): string[] {
  const text = readStored('wschat.sent') ?? ''
  return text === '' ? [] : text.split(' ')
}
