import { newId } from '@stomping-ground/client'
import { asRefusal } from './api.js'
import type { Refusal } from './refusal.js'
import { createStore, nextFrame, type Store } from './store.js'

/**
 * A message of this page that has not been seen in its conversation.
 *
 * ```
 * sending --receipt--> sent --it came--> (it is in the log)
 *  ^    \--refused--> failed --discarded--> (gone)
 *  \-------retried------/
 * ```
 */
export interface Outgoing {
  readonly id: string
  readonly text: string
  readonly time: number
  readonly step: 'sending' | 'sent' | 'failed'
  readonly refusal?: Refusal
}

/** Resolves when the server keeps it; without a session it waits for one. */
export type Transmit = (message: Pick<Outgoing, 'id' | 'text'>) => Promise<void>

/** What was written in one conversation. It goes out wherever in the page the reader is. */
export class Outbox {
  readonly #store
  readonly #transmit: Transmit
  #shown = false

  constructor(transmit: Transmit, schedule = nextFrame) {
    this.#transmit = transmit
    this.#store = createStore(change, [], schedule)
  }

  get state(): Store<readonly Outgoing[]> {
    return this.#store
  }

  /** @returns the id of the message */
  send(text: string): string {
    const message: Outgoing = { id: newId(), text, time: Date.now(), step: 'sending' }
    this.#store.dispatch((all) => [...all, message])
    void this.#send(message)
    return message.id
  }

  /** Sends under the same id what failed. */
  retry(id: string): void {
    const failed = this.#store.get().find((one) => one.id === id)
    if (failed?.step !== 'failed') return
    this.#become(id, 'sending')
    void this.#send(failed)
  }

  /** Sends again all that was refused for this reason, in order: it has gone. */
  retryRefused(code: string): void {
    for (const { id, refusal } of this.#store.get()) if (refusal?.code === code) this.retry(id)
  }

  /** Takes away what failed, or what has come to the log. */
  remove(id: string): void {
    this.#store.dispatch((all) =>
      all.some((one) => one.id === id) ? all.filter((one) => one.id !== id) : all,
    )
  }

  /** While the conversation is shown, what is sent stays until it comes to the log: otherwise nobody sees it come. */
  show(): () => void {
    this.#shown = true
    return () => {
      this.#shown = false
      this.#store.dispatch((all) => all.filter(({ step }) => step !== 'sent'))
    }
  }

  async #send({ id, text }: Outgoing): Promise<void> {
    try {
      await this.#transmit({ id, text })
      if (this.#shown) this.#become(id, 'sent')
      else this.remove(id)
    } catch (error) {
      this.#become(id, 'failed', asRefusal(error))
    }
  }

  #become(id: string, step: Outgoing['step'], refusal?: Refusal): void {
    const become = ({ text, time }: Outgoing): Outgoing => ({
      id,
      text,
      time,
      step,
      ...(refusal && { refusal }),
    })
    this.#store.dispatch((all) => all.map((one) => (one.id === id ? become(one) : one)))
  }
}

type Change = (all: readonly Outgoing[]) => readonly Outgoing[]
const change = (all: readonly Outgoing[], by: Change): readonly Outgoing[] => by(all)
