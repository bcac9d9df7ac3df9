import type { History, HistoryStore, StoredMessage } from 'stomping-ground'
import { ChangeEvent, ChatMessage, changesTopic, roomTopic } from '../../contract/index.js'
import type { KeptMessage, RoomMessages } from '../../contract/index.js'

/** Changes of one room that are kept, and can be read at once. */
export const CHANGES = 1_000

export interface RoomHistoryOptions {
  readonly store: Pick<HistoryStore, 'trim'>
  readonly history: () => Pick<History, 'page' | 'replace'> | undefined
}

/** At most one of `before` and `from`. */
interface PageOf {
  readonly before?: number | undefined
  readonly from?: number | undefined
  readonly count: number
}

/** A message, and when it was kept: never before the one that stands before it. */
export interface SaidMessage {
  readonly offset: number
  readonly time: number
  readonly message: ChatMessage | undefined
}

/** What was said in rooms. Who may read it is not asked here. */
export class RoomHistory {
  readonly #options: RoomHistoryOptions

  constructor(options: RoomHistoryOptions) {
    this.#options = options
  }

  /**
   * The newest messages, the newest before an offset, or the first from one on; oldest first.
   *
   * @throws StompError `history-unavailable`
   */
  async page(roomId: string, { before, from, count }: PageOf): Promise<RoomMessages> {
    const history = this.#options.history()
    if (history === undefined) throw new Error('The server keeps no history')
    const { destination } = roomTopic.to({ roomId })
    const page = await history.page(destination, {
      count,
      ...(before !== undefined && { before }),
      ...(from !== undefined && { from }),
    })
    return { first: page.first, last: page.last, epoch: page.epoch, messages: page.messages.flatMap(kept) }
  }

  /**
   * What is kept from an offset on, for whoever follows a room; what is no `ChatMessage` has none.
   *
   * @throws StompError `history-unavailable`
   */
  async following(roomId: string, from: number, count: number): Promise<SaidMessage[]> {
    const history = this.#options.history()
    const page = await history?.page(roomTopic.to({ roomId }).destination, { from, count })
    return (page?.messages ?? []).map((stored) => ({
      offset: stored.offset,
      time: stored.time,
      message: kept(stored)[0]?.message,
    }))
  }

  /** The room is gone: so is what was said in it. A room of the same name in the address begins with nothing. */
  async forget(roomId: string): Promise<void> {
    const since = Date.now() + 1
    const topics = [roomTopic.to({ roomId }), changesTopic.to({ roomId })]
    await this.#options.store.trim(topics.map(({ destination }) => ({ destination, count: 0, since })))
  }

  /**
   * Puts another message in the place of one.
   *
   * @returns whether it is still there
   * @throws StompError `history-unavailable`: it may be either then
   */
  async replace(roomId: string, offset: number, message: ChatMessage): Promise<boolean> {
    const headers = { 'x-message-id': message.id }
    return (
      (await this.#options.history()?.replace(roomTopic.to({ roomId }), offset, message, { headers })) ??
      false
    )
  }

  /** What was told before of the same message says the same now: a text that is gone is not kept as a change. */
  async rewriteChanges(roomId: string, event: ChangeEvent): Promise<void> {
    const history = this.#options.history()
    const to = changesTopic.to({ roomId })
    const page = await history?.page(to.destination, { count: CHANGES })
    const place = `"offset":${event.offset},`
    for (const { offset, body } of page?.messages ?? []) {
      if (!Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(place)) continue
      const told = ChangeEvent.safeParse(JSON.parse(Buffer.from(body).toString()))
      if (told.success && told.data.offset === event.offset) await history?.replace(to, offset, event)
    }
  }
}

function kept({ offset, body }: StoredMessage): KeptMessage[] {
  const message = ChatMessage.safeParse(JSON.parse(Buffer.from(body).toString()))
  return message.success ? [{ offset, message: message.data }] : []
}
