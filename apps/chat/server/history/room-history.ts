import type { History, HistoryStore, StoredMessage } from 'stomping-ground'
import { ChatMessage, roomTopic } from '../../contract/index.js'
import type { KeptMessage, RoomMessages } from '../../contract/index.js'

export interface RoomHistoryOptions {
  readonly store: Pick<HistoryStore, 'trim'>
  readonly history: () => Pick<History, 'page'> | undefined
}

/** At most one of `before` and `from`. */
interface PageOf {
  readonly before?: number | undefined
  readonly from?: number | undefined
  readonly count: number
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

  /** The room is gone: so is what was said in it. A room of the same name in the address begins with nothing. */
  async forget(roomId: string): Promise<void> {
    const { destination } = roomTopic.to({ roomId })
    await this.#options.store.trim([{ destination, count: 0, since: Date.now() + 1 }])
  }
}

function kept({ offset, body }: StoredMessage): KeptMessage[] {
  const message = ChatMessage.safeParse(JSON.parse(Buffer.from(body).toString()))
  return message.success ? [{ offset, message: message.data }] : []
}
