import { DIRECT_MESSAGE, DIRECT_READ, type DirectEvent, type DirectRequest } from '../../../contract/index.js'
import { ApiError, asRefusal, type Api } from '../api.js'
import { backoffMs } from '../connection/backoff.js'
import type { Connection, Session, SessionUser } from '../connection/connection.js'
import type { FrameRefusal } from '../connection/link.js'
import { newId } from '../ids.js'
import { Answers } from '../room/answers.js'
import { MAX_OUTGOING, type Outgoing } from '../room/outgoing.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { isGap, newConversation, reduceDirect, type DirectAction, type DirectState } from './direct-state.js'
import type { Inbox, InboxListener } from './inbox.js'

const NO_ANSWER = { code: 'timeout', message: 'No answer.' } as const

export interface DirectSurroundings {
  readonly connection: Pick<Connection, 'use'>
  readonly api: Pick<Api, 'conversation' | 'block' | 'unblock'>
  readonly inbox: Pick<Inbox, 'listen'>
  readonly schedule?: (run: () => void) => void
}

/** One conversation as this page takes part in it. */
export class DirectSession implements SessionUser, InboxListener {
  readonly name: string
  readonly #surroundings: DirectSurroundings
  readonly #store
  readonly #answers = new Answers()
  #session: Session | undefined
  /** Everything that is sent comes as an event; not before that may anything be sent, or its answer could be missed. */
  #ready = false
  #reading = 0
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  /** As far as the server has been told that this person has read. */
  #toldSeq = 0
  #close: () => void = () => {}

  constructor(name: string, surroundings: DirectSurroundings, unsent: readonly Outgoing[] = []) {
    this.name = name
    this.#surroundings = surroundings
    const schedule = surroundings.schedule ?? nextFrame
    this.#store = createStore(reduceDirect, newConversation(name, unsent), schedule)
  }

  get state(): Store<DirectState> {
    return this.#store
  }

  open(): void {
    const leave = this.#surroundings.connection.use(this)
    const stopListening = this.#surroundings.inbox.listen(this)
    if (!this.#ready) void this.readLatest()
    this.#close = () => {
      leave()
      stopListening()
    }
  }

  /** Returns what was not sent. */
  close(): readonly Outgoing[] {
    this.#close()
    this.closed()
    return this.#store.get().outgoing
  }

  /** Returns `false`, and does nothing, when too much is waiting already. */
  send(text: string): boolean {
    if (this.#store.get().outgoing.length >= MAX_OUTGOING) return false
    this.#do({ type: 'enqueue', id: newId(), text, time: Date.now() })
    this.#flush()
    return true
  }

  retry(id: string): void {
    this.#do({ type: 'retry', id })
    this.#flush()
  }

  discard(id: string): void {
    this.#do({ type: 'discard', id })
  }

  /** Everything that is shown has been seen. */
  markRead(): void {
    const { messages, readSeq, with: other } = this.#store.get()
    const theirs = messages.findLast(({ sender }) => sender === other)
    if (theirs === undefined || this.#session === undefined || !this.#ready) return
    if (theirs.seq <= Math.max(readSeq, this.#toldSeq)) return
    this.#toldSeq = theirs.seq
    this.#publish(DIRECT_READ, newId(), { with: other, seq: theirs.seq })
  }

  async setBlocked(blocked: boolean): Promise<void> {
    const { api } = this.#surroundings
    const { with: other } = this.#store.get()
    await (blocked ? api.block(other) : api.unblock(other))
    this.#do({ type: 'blocked', blocked })
  }

  async readLatest(): Promise<void> {
    clearTimeout(this.#timer)
    const reading = ++this.#reading
    try {
      const page = await this.#surroundings.api.conversation(this.name)
      if (reading !== this.#reading) return
      this.#failures = 0
      this.#do({ type: 'latest', page })
      this.#flush()
    } catch (error) {
      if (reading !== this.#reading) return
      const known = error instanceof ApiError && error.status >= 400 && error.status < 500
      if (known && error.status !== 429) this.#do({ type: 'unknown', refusal: asRefusal(error) })
      else this.#readLater()
    }
  }

  /** @throws ApiError */
  async readOlder(): Promise<void> {
    const first = this.#store.get().messages[0]
    if (first === undefined) return
    const page = await this.#surroundings.api.conversation(this.name, first.seq)
    this.#do({ type: 'older', page })
  }

  fresh(): void {
    this.#ready = true
    void this.readLatest()
  }

  event(event: DirectEvent): void {
    if (event.with !== this.#store.get().with) return
    if (event.type === 'MESSAGE') {
      this.#answers.came(event.message.id)
      if (isGap(this.#store.get(), event.message)) void this.readLatest()
    }
    this.#do({ type: 'event', event })
  }

  opened(session: Session): void {
    this.#session = session
    this.#flush()
  }

  closed(): void {
    this.#session = undefined
    this.#ready = false
    this.#toldSeq = 0
    clearTimeout(this.#timer)
    this.#answers.clear()
    this.#do({ type: 'session-lost' })
  }

  refused({ receiptId, code, message }: FrameRefusal): void {
    if (receiptId === undefined || !this.#store.get().outgoing.some(({ id }) => id === receiptId)) return
    this.#answers.came(receiptId)
    this.#do({ type: 'failed', id: receiptId, refusal: { code, message } })
  }

  /** It is kept; the event that shows it was sent before, to this session too. */
  receipt(): void {}

  #flush(): void {
    const { found, outgoing, with: other } = this.#store.get()
    if (found !== 'yes' || this.#session === undefined || !this.#ready) return
    for (const { id, text, step } of outgoing) {
      if (step !== 'waiting') continue
      const request: DirectRequest = { to: other, message: text, id }
      if (!this.#publish(DIRECT_MESSAGE, id, request)) return
      this.#do({ type: 'published', id })
      this.#answers.expect(id, () => this.#do({ type: 'failed', id, refusal: NO_ANSWER }))
    }
  }

  /** Returns `false` where the session ends at this moment; everything goes again after it. */
  #publish(destination: string, receipt: string, request: object): boolean {
    try {
      this.#session?.publish(destination, receipt, JSON.stringify(request))
      return true
    } catch {
      return false
    }
  }

  #readLater(): void {
    this.#do({ type: 'unreachable' })
    const delay = 1_000 + backoffMs(this.#failures++)
    this.#timer = setTimeout(() => void this.readLatest(), delay)
  }

  #do(action: DirectAction): void {
    this.#store.dispatch(action)
  }
}
