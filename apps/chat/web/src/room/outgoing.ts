import type { Refusal } from '../refusal.js'

/**
 * A message of this page that has not been seen in the room.
 *
 * ```
 * waiting --published--> sending --receipt--> sent --broadcast, or at once--> (it is in the log)
 *    ^                    |    \--refused, no answer--> failed --retry--> waiting
 *    \---session lost-----/
 * ```
 */
export interface Outgoing {
  readonly id: string
  readonly text: string
  readonly time: number
  readonly step: 'waiting' | 'sending' | 'sent' | 'failed'
  /** How often it was published. */
  readonly attempts: number
  readonly refusal?: Refusal
}

/** More than this do not wait: the text stays in the composer. */
export const MAX_OUTGOING = 50
/** A message that ends its session every time is not sent for ever. */
export const MAX_ATTEMPTS = 4

type Queue = readonly Outgoing[]

export function enqueue(queue: Queue, message: Pick<Outgoing, 'id' | 'text' | 'time'>): Queue {
  if (queue.length >= MAX_OUTGOING) return queue
  return [...queue, { ...message, step: 'waiting', attempts: 0 }]
}

export function published(queue: Queue, id: string): Queue {
  return change(queue, id, (m) => ({ ...pending(m), step: 'sending', attempts: m.attempts + 1 }))
}

/** The server keeps it. */
export function stored(queue: Queue, id: string): Queue {
  return change(queue, id, (m) => ({ ...pending(m), step: 'sent' }))
}

export function failed(queue: Queue, id: string, refusal: Refusal): Queue {
  return change(queue, id, (m) => ({ ...m, step: 'failed', refusal }))
}

export function retried(queue: Queue, id: string): Queue {
  return change(queue, id, (m) => ({ ...pending(m), step: 'waiting', attempts: 0 }))
}

export function removed(queue: Queue, id: string): Queue {
  return queue.some((m) => m.id === id) ? queue.filter((m) => m.id !== id) : queue
}

/** The session is gone: what was not seen in the room goes again, under the same id. */
export function sessionLost(queue: Queue): Queue {
  if (!queue.some((m) => m.step === 'sending')) return queue
  return queue.map((m) => {
    if (m.step !== 'sending') return m
    if (m.attempts < MAX_ATTEMPTS) return { ...m, step: 'waiting' }
    return { ...m, step: 'failed', refusal: { code: 'timeout', message: 'No answer.' } }
  })
}

function change(queue: Queue, id: string, to: (message: Outgoing) => Outgoing): Queue {
  return queue.some((m) => m.id === id) ? queue.map((m) => (m.id === id ? to(m) : m)) : queue
}

function pending({ id, text, time, step, attempts }: Outgoing): Outgoing {
  return { id, text, time, step, attempts }
}
