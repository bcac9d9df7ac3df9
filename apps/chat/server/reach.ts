import { messageMap } from 'stomping-ground'
import type { MessageMap, StompServer } from 'stomping-ground'
import type { Logger } from 'pino'
import type { ChatUser } from './accounts/account.js'
import { ChatStatus, statusTopic } from '../contract/index.js'

/** How far what is said here reaches: to everybody, or no farther than this node while the broker is away. */
export class Reach {
  #broker: ChatStatus['broker'] = 'available'

  get isWhole(): boolean {
    return this.#broker === 'available'
  }

  /** Tells pages how it is, and of each change: the handler and the change are of one turn, so none is missed or comes twice. */
  get messages(): MessageMap<ChatUser> {
    return messageMap<ChatUser>().subscribe('/chat/status', { reply: ChatStatus, live: statusTopic }, () =>
      this.#status(),
    )
  }

  follow({ events, messaging }: StompServer<ChatUser>, log: Logger): void {
    events.on('brokerAvailability', ({ available, cause }) => {
      if (available) log.info('the broker is there')
      else log.warn({ reason: cause?.message }, 'the broker is away')
      const broker = available ? 'available' : 'away'
      if (broker === this.#broker) return
      this.#broker = broker
      // A topic of this node's own: it is told with the broker or without.
      void messaging.send(statusTopic.to({}), this.#status())
    })
  }

  #status(): ChatStatus {
    return { broker: this.#broker }
  }
}
