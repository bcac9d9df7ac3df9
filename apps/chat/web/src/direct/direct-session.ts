import { directMessage, directRead, type DirectEvent, type DirectMessage } from '../../../contract/index.js'
import { ApiError, asRefusal, type Api } from '../api.js'
import type { PageClient } from '../connection/client.js'
import type { Outbox, Transmit } from '../outbox.js'
import { Reading } from '../reading.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { isGap, newConversation, reduceDirect, type DirectAction, type DirectState } from './direct-state.js'
import type { Inbox, InboxListener } from './inbox.js'

export interface DirectSurroundings {
  readonly client: Pick<PageClient, 'send'>
  readonly api: Pick<Api, 'conversation' | 'block' | 'unblock'>
  readonly inbox: Pick<Inbox, 'listen'>
  readonly schedule?: (run: () => void) => void
}

/** One conversation as this page takes part in it. */
export class DirectSession implements InboxListener {
  readonly name: string
  readonly outbox: Outbox
  readonly #surroundings: DirectSurroundings
  readonly #store
  readonly #latest
  /** As far as the server has been told that this person has read. */
  #toldSeq = 0
  #stops: readonly (() => void)[] = []

  constructor(name: string, outbox: Outbox, surroundings: DirectSurroundings) {
    this.name = name
    this.outbox = outbox
    this.#surroundings = surroundings
    this.#store = createStore(reduceDirect, newConversation(name), surroundings.schedule ?? nextFrame)
    this.#latest = new Reading({
      ask: () => surroundings.api.conversation(name),
      had: (page) => {
        this.#do({ type: 'latest', page })
        for (const message of page.messages) this.#came(message)
      },
      failed: (error) => {
        const known = error instanceof ApiError && error.status >= 400 && error.status < 500
        if (known && error.status !== 429) this.#do({ type: 'unknown', refusal: asRefusal(error) })
        else this.#do({ type: 'unreachable' })
        return this.#store.get().found !== 'no'
      },
    })
  }

  get state(): Store<DirectState> {
    return this.#store
  }

  open(): void {
    void this.#latest.now()
    this.#stops = [this.outbox.show(), this.#surroundings.inbox.listen(this)]
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.#latest.stop()
  }

  send(text: string): void {
    this.outbox.send(text)
  }

  /** Everything that is shown has been seen. */
  markRead(): void {
    const { messages, readSeq, with: other } = this.#store.get()
    const theirs = messages.findLast(({ sender }) => sender === other)
    if (theirs === undefined || theirs.seq <= Math.max(readSeq, this.#toldSeq)) return
    this.#toldSeq = theirs.seq
    const body = { with: other, seq: theirs.seq }
    // A session that ends takes it along; the next one reads the latest, and tells again.
    this.#surroundings.client.send(directRead.to({}), { body, wait: false }).catch(() => (this.#toldSeq = 0))
  }

  async setBlocked(blocked: boolean): Promise<void> {
    const { api } = this.#surroundings
    const { with: other } = this.#store.get()
    await (blocked ? api.block(other) : api.unblock(other))
    this.#do({ type: 'blocked', blocked })
  }

  /** @throws ApiError */
  async readOlder(): Promise<void> {
    const first = this.#store.get().messages[0]
    if (first === undefined) return
    const page = await this.#surroundings.api.conversation(this.name, first.seq)
    this.#do({ type: 'older', page })
  }

  fresh(): void {
    void this.#latest.now()
  }

  event(event: DirectEvent): void {
    if (event.with !== this.#store.get().with) return
    if (event.type === 'MESSAGE') {
      if (isGap(this.#store.get(), event.message)) void this.#latest.now()
      this.#came(event.message)
    }
    this.#do({ type: 'event', event })
  }

  #came({ id, sender }: DirectMessage): void {
    // Ids are chosen by pages, and the other one may choose one of ours.
    if (sender !== this.#store.get().with) this.outbox.remove(id)
  }

  #do(action: DirectAction): void {
    this.#store.dispatch(action)
  }
}

/** How what is written to one person goes out. */
export function transmitTo(name: string, client: Pick<PageClient, 'send'>): Transmit {
  return ({ id, text }) => client.send(directMessage.to({}), { body: { to: name, message: text, id }, id })
}
