import { decodeBody } from './body.js'
import type { Clock } from './clock.js'
import { ClientError } from './errors.js'
import type { Link, MessageFrame, SendFrame } from './link.js'
import type { Outgoing } from './outgoing.js'
import { serverError } from './server-error.js'

/** The session's own name of the queue on which answers come: other sessions cannot reach it by this name. */
const REPLY_QUEUE = '/temp-queue/replies'
const SUBSCRIPTION_ID = 'replies'

export interface Request {
  readonly frame: SendFrame
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

interface Waiting {
  sent: boolean
  readonly answered: (message: MessageFrame) => void
  readonly failed: (error: ClientError) => void
}

/**
 * SENDs that are answered. One reply queue for each session, subscribed to with its first request; answers find their
 * request by `correlation-id`. A request waits for a session, but goes out once only: whether a lost one was carried out
 * is not known.
 */
export class Requests {
  readonly #outgoing: Outgoing
  readonly #clock: Clock
  readonly #prefix: string
  readonly #waiting = new Map<string, Waiting>()
  #count = 0
  #subscribedIn: Link | undefined

  /** @param newId makes ids that no other client has */
  constructor(outgoing: Outgoing, clock: Clock, newId: () => string) {
    this.#outgoing = outgoing
    this.#clock = clock
    this.#prefix = newId()
  }

  ask({ frame, timeoutMs, signal }: Request): Promise<unknown> {
    const id = `${this.#prefix}-${this.#count++}`
    const giveUp = new AbortController()
    return new Promise((resolve, reject) => {
      const end = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
        this.#waiting.delete(id)
      }
      const fail = (error: unknown): void => {
        end()
        // Takes it out of the queue, if it waits there still.
        giveUp.abort(error)
        reject(error)
      }
      const onAbort = (): void => fail(signal!.reason)
      const timer = this.#clock.after(timeoutMs, () => fail(new ClientError('timeout')))
      signal?.addEventListener('abort', onAbort)
      if (signal?.aborted === true) return onAbort()
      const waiting: Waiting = {
        sent: false,
        answered: (message) => {
          try {
            resolve(answerOf(message))
            end()
          } catch (error) {
            fail(error)
          }
        },
        failed: fail,
      }
      this.#waiting.set(id, waiting)
      const headers = { ...frame.headers, 'reply-to': REPLY_QUEUE, 'correlation-id': id }
      this.#outgoing
        .send({
          frame: { ...frame, headers },
          signal: giveUp.signal,
          waits: true,
          repeats: false,
          prepare: (link) => {
            waiting.sent = true
            this.#subscribe(link)
          },
        })
        .catch(fail)
    })
  }

  /** No answer comes any more to what was asked in this session. */
  closed(): void {
    this.#subscribedIn = undefined
    for (const { sent, failed } of this.#waiting.values())
      if (sent) failed(new ClientError('connection-lost'))
  }

  #subscribe(link: Link): void {
    if (this.#subscribedIn === link) return
    this.#subscribedIn = link
    link.subscribe(SUBSCRIPTION_ID, REPLY_QUEUE, {}, (message) => {
      this.#waiting.get(message.headers['correlation-id'] ?? '')?.answered(message)
    })
  }
}

/** @throws ClientError when the answer is a refusal: no other has the header `code` */
function answerOf({ headers, body }: MessageFrame): unknown {
  if (headers['code'] !== undefined) throw serverError(headers, body)
  return decodeBody(body, headers['content-type'])
}
