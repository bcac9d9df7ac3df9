type Taken = (room: boolean) => void

interface Held {
  readonly messages: readonly string[]
  readonly taken: Taken
}

/**
 * The messages that requests bring to a session whose handler pauses it now and then. While it does they wait here, and
 * with them the answers to their requests: clients send the next request when the last is answered.
 */
export class Inbound {
  readonly #mostBytes: number
  readonly #receive: (message: string) => void
  #held: Held[] = []
  #heldBytes = 0
  #paused = false
  #delivering = false

  constructor(mostBytes: number, receive: (message: string) => void) {
    this.#mostBytes = mostBytes
    this.#receive = receive
  }

  /** @param taken called when the messages have been received, or with false where there is no room to wait in */
  push(messages: readonly string[], taken: Taken): void {
    const bytes = size(messages)
    // One request is always held: its own limit bounds it.
    if (this.#held.length > 0 && this.#heldBytes + bytes > this.#mostBytes) return taken(false)
    this.#held.push({ messages, taken })
    this.#heldBytes += bytes
    this.#deliver()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#deliver()
  }

  /** Nobody receives any more. */
  discard(): void {
    this.#heldBytes = 0
    for (const { taken } of this.#held.splice(0)) taken(true)
  }

  #deliver(): void {
    // A message may resume reading: what is held then waits for the rest of its request.
    if (this.#delivering) return
    this.#delivering = true
    while (!this.#paused && this.#held.length > 0) {
      const { messages, taken } = this.#held.shift()!
      this.#heldBytes -= size(messages)
      for (const message of messages) this.#receive(message)
      taken(true)
    }
    this.#delivering = false
  }
}

// What a request without a message takes is counted too.
function size(messages: readonly string[]): number {
  return messages.reduce((sum, message) => sum + message.length, 64)
}
