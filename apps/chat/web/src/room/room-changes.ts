import { messageDelete, messageEdit, type ChangeEvent, type ChatMessage } from '../../../contract/index.js'
import type { PageClient } from '../connection/client.js'
import { authorSecret } from './author.js'

/** As many as the server keeps: what was changed before them was changed before this page was opened. */
const REMEMBERED = 1_000

export interface RoomChangesOptions {
  readonly roomId: string
  readonly client: Pick<PageClient, 'send'>
  /** Of the room's history. */
  readonly epoch: () => string | undefined
}

/** What messages of a room have become, and the way to change one. */
export class RoomChanges {
  readonly #options: RoomChangesOptions
  /** By their ids. A page or a replay that was read before a change may come after it. */
  readonly #known = new Map<string, ChatMessage>()

  constructor(options: RoomChangesOptions) {
    this.#options = options
  }

  take({ message }: ChangeEvent): void {
    this.#known.delete(message.id)
    this.#known.set(message.id, message)
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size > REMEMBERED) this.#known.delete(oldest)
  }

  /** Other changes were missed: nothing that is known is sure. */
  forget(): void {
    this.#known.clear()
  }

  /** A message as it is now, as far as this page has been told. */
  now(message: ChatMessage): ChatMessage {
    return this.#known.get(message.id) ?? message
  }

  /**
   * Gives a message of one's own another text. Resolves when it is kept; until it goes out it can be taken back.
   *
   * @throws ClientError
   */
  edit(offset: number, message: string, signal: AbortSignal): Promise<void> {
    return this.#options.client.send(messageEdit.to({}), {
      body: { ...this.#which(offset), message },
      signal,
    })
  }

  /**
   * Deletes a message of one's own, or of a room that one owns.
   *
   * @throws ClientError
   */
  delete(offset: number): Promise<void> {
    return this.#options.client.send(messageDelete.to({}), { body: this.#which(offset) })
  }

  #which(offset: number) {
    const { roomId, epoch } = this.#options
    return { roomId, offset, epoch: epoch() ?? '', author: authorSecret() }
  }
}
