import { StompHeaders } from '@stomping-ground/codec'
import { randomBytes } from 'node:crypto'
import { StompError } from '../../errors.js'
import { REPLY_QUEUE } from '../../message.js'
import type { Message } from '../../message.js'

interface ReplyTopic {
  readonly address: string
  /** The subscription that asking for a reply has made, once it is live. */
  read: Promise<void> | undefined
  /** The session has subscribed to it itself. */
  own: boolean
}

/** Reply queues of one session, as in the embedded broker. */
const MOST_REPLY_QUEUES = 100

/**
 * Addresses for replies. A session calls one `/temp-queue/{name}`; others know it by an address that cannot be guessed,
 * which is a topic upstream: brokers have temporary queues too, but each in a way of its own and for one connection alone.
 */
export class ReplyTopics {
  readonly #subscribe: (name: string, address: string) => void | Promise<void>
  readonly #named = new Map<string, ReplyTopic>()

  /** @param subscribe makes the session read an address under its name for it */
  constructor(subscribe: (name: string, address: string) => void | Promise<void>) {
    this.#subscribe = subscribe
  }

  /**
   * The session subscribes to one itself.
   *
   * @throws StompError `too-many-queues`
   */
  subscribed(name: string): string {
    const reply = this.#open(name)
    reply.own = true
    return reply.address
  }

  /**
   * The session's own name in `reply-to` becomes the address that the receiver can send to. As in RabbitMQ, asking for a
   * reply subscribes to it, under the queue's own name, unless the session has subscribed to it already.
   *
   * @throws StompError (by rejection) `too-many-queues`, or as subscribing does
   */
  async addressed(message: Message): Promise<Message> {
    const name = message.headers.get('reply-to')!
    const reply = this.#open(name)
    if (!reply.own) await (reply.read ??= Promise.resolve(this.#subscribe(name, reply.address)))
    const flat = [...message.headers].flatMap(([header, value]) => [
      header,
      header === 'reply-to' ? reply.address : value,
    ])
    return { ...message, headers: new StompHeaders(flat) }
  }

  close(): void {
    this.#named.clear()
  }

  #open(name: string): ReplyTopic {
    let reply = this.#named.get(name)
    if (reply === undefined) {
      if (this.#named.size >= MOST_REPLY_QUEUES) throw new StompError('too-many-queues')
      const address = REPLY_QUEUE + randomBytes(16).toString('base64url')
      this.#named.set(name, (reply = { address, read: undefined, own: false }))
    }
    return reply
  }
}
