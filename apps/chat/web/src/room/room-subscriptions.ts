import type { Activation, ClientError, ReceivedMessage, Subscription } from '@stomping-ground/client'
import {
  changesTopic,
  membersTopic,
  roomMembers,
  roomTopic,
  type ChangeEvent,
  type RoomMembers,
  type RoomNews,
} from '../../../contract/index.js'
import type { PageClient } from '../connection/client.js'
import { readAs } from '../wire.js'

/** The messages that a room is opened with. */
const FIRST_PAGE = 50

/** Who hears what a room tells. */
export interface RoomListener {
  readonly onMessage: (message: ReceivedMessage<unknown>) => void
  /** From here on, and what is told of what was said before. */
  readonly onActive: (activation: Activation) => void
  readonly onChange: (change: ChangeEvent) => void
  /** Changes were missed that nobody has any more. */
  readonly onChangesMissed: () => void
  readonly onNews: (news: RoomNews) => void
  /** No event falls between this moment and what is read of the room from now on. */
  readonly onNewsActive: () => void
  readonly onMembers: (members: RoomMembers) => void
  readonly onRefused: (error: ClientError) => void
}

/** The subscriptions of one room; the client keeps them from one session to the next. */
export class RoomSubscriptions {
  readonly #roomId: string
  readonly #client: PageClient
  readonly #listener: RoomListener
  #lasting: readonly Subscription[] = []
  /** Until it is answered. */
  #membersNow: Subscription | undefined

  constructor(roomId: string, client: PageClient, listener: RoomListener) {
    this.#roomId = roomId
    this.#client = client
    this.#listener = listener
  }

  /** Those that were refused are tried again. */
  open(): void {
    for (const subscription of this.#lasting) subscription.retry()
    if (this.#lasting.length > 0) return
    const roomId = this.#roomId
    const { onMessage, onActive, onChangesMissed, onNewsActive, onRefused } = this.#listener
    this.#lasting = [
      // Before the room's: what is changed while messages come is told, and wins.
      this.#client.subscribe(changesTopic.to({ roomId }), ({ body }) => this.#onChange(body), {
        onActive: ({ first, recovered }) => first || recovered || onChangesMissed(),
      }),
      this.#client.subscribe(roomTopic.to({ roomId }), onMessage, {
        from: { last: FIRST_PAGE },
        onActive,
        onRefused,
      }),
      this.#client.subscribe(membersTopic.to({ roomId }), ({ body }) => this.#onNews(body), {
        onActive: onNewsActive,
        onRefused,
      }),
    ]
  }

  close(): void {
    for (const subscription of this.#lasting) subscription.unsubscribe()
    this.#lasting = []
    this.#membersNow?.unsubscribe()
  }

  /** Asks who is here, in this session: another node may have heard of other events. */
  readMembers(): void {
    this.#membersNow?.unsubscribe()
    this.#membersNow = this.#client.subscribe(roomMembers.to({ roomId: this.#roomId }), ({ body }) => {
      this.#membersNow?.unsubscribe()
      const members = readAs(roomMembers.schema, body)
      if (members !== undefined) this.#listener.onMembers(members)
    })
  }

  #onChange(body: unknown): void {
    const change = readAs(changesTopic.schema, body)
    if (change !== undefined) this.#listener.onChange(change)
  }

  #onNews(body: unknown): void {
    const news = readAs(membersTopic.schema, body)
    if (news !== undefined) this.#listener.onNews(news)
  }
}
