import type { ChatMessage, RoomMessages } from '../../../contract/index.js'
import type { Api, MessagesWhere } from '../api.js'
import { firstOffset, lastOffset } from './entries.js'
import { isShown } from './past-log.js'
import type { RoomAction, RoomState } from './room-state.js'

/** How many messages stand after one that is looked for. */
const AFTER_SOUGHT = 25
/** So many pages are read once more. */
const REFRESHED_PAGES = 20

export interface RoomPagesOptions {
  readonly roomId: string
  readonly api: Pick<Api, 'roomMessages'>
  readonly state: () => RoomState
  readonly take: (action: RoomAction) => void
  readonly isOwn: (message: ChatMessage) => boolean
  /** What a message is now, as far as this page has been told. */
  readonly now: (message: ChatMessage) => ChatMessage
}

/** Pages of a room's history, read as the reader comes to them. One at a time in each direction. */
export class RoomPages {
  readonly #options: RoomPagesOptions
  readonly #reading = new Map<'older' | 'newer', Promise<void>>()
  #sought = 0

  constructor(options: RoomPagesOptions) {
    this.#options = options
  }

  /**
   * Reads the messages before those that are shown.
   *
   * @throws ApiError
   */
  readOlder(): Promise<void> {
    return this.#once('older', () => {
      const before = firstOffset(this.#shown)
      return before === undefined ? undefined : { before }
    })
  }

  /**
   * Reads on, where messages of long ago are shown.
   *
   * @throws ApiError
   */
  readNewer(): Promise<void> {
    return this.#once('newer', () => {
      const last = lastOffset(this.#shown)
      return last === undefined ? undefined : { from: last + 1 }
    })
  }

  /**
   * Shows a message, with those around it.
   *
   * @throws ApiError
   */
  async seek(offset: number): Promise<void> {
    const { state, take, isOwn } = this.#options
    const sought = ++this.#sought
    if (!isShown(state(), offset)) {
      const page = await this.#page({ before: offset + AFTER_SOUGHT })
      if (sought !== this.#sought) return
      take({ type: 'around', page, isOwn })
    }
    take({ type: 'sought', offset })
  }

  /**
   * Reads what is shown once more, the newest first: changes were missed. What stands above many pages stays as it was.
   *
   * @throws ApiError
   */
  async refresh(): Promise<void> {
    const first = firstOffset(this.#shown) ?? Infinity
    let before = (lastOffset(this.#shown) ?? 0) + 1
    for (let page = 0; page < REFRESHED_PAGES && before > first; page++) {
      const { messages } = await this.#page({ before })
      for (const { message } of messages) this.#options.take({ type: 'changed', message })
      before = messages[0]?.offset ?? 0
    }
  }

  /** Back to the end. */
  toPresent(): void {
    this.#sought++
    this.#options.take({ type: 'present' })
  }

  get #shown() {
    const { past, blocks } = this.#options.state()
    return past?.blocks ?? blocks
  }

  #once(direction: 'older' | 'newer', where: () => MessagesWhere | undefined): Promise<void> {
    const reading = this.#reading.get(direction) ?? this.#read(direction, where())
    this.#reading.set(direction, reading)
    return reading.finally(() => this.#reading.delete(direction))
  }

  async #read(type: 'older' | 'newer', where: MessagesWhere | undefined): Promise<void> {
    if (where === undefined) return
    const { state, take, isOwn } = this.#options
    const before = state().past === undefined
    const page = await this.#page(where)
    // What it belongs to is shown no more.
    if (before === (state().past === undefined)) take({ type, page, isOwn })
  }

  async #page(where: MessagesWhere): Promise<RoomMessages> {
    const { api, roomId, state, now } = this.#options
    const page = await api.roomMessages(roomId, where)
    // Of another epoch: nothing of it stands before or after what is here.
    const messages = page.epoch === state().last?.epoch ? page.messages : []
    return { ...page, messages: messages.map(({ offset, message }) => ({ offset, message: now(message) })) }
  }
}
