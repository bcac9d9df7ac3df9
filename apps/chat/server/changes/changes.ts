import type { Messaging } from 'stomping-ground'
import { changesTopic } from '../../contract/index.js'
import type { ChatMessage, DeleteRequest, EditRequest } from '../../contract/index.js'
import type { RoomHistory, SaidMessage } from '../history/room-history.js'
import type { ActivityLog } from '../log.js'
import { talkText } from '../messages.js'
import { demand, policy } from '../policy.js'
import type { Person } from '../policy.js'
import { refusal } from '../refusal.js'
import type { KeptRoom } from '../rooms/room.js'
import type { Rooms } from '../rooms/rooms.js'
import { Turns } from '../rooms/turns.js'
import { entryOf } from '../search/follower.js'
import type { MessageIndex } from '../search/message-index.js'
import { authorSecret, hasWritten } from './authorship.js'
import type { PendingChanges } from './pending-changes.js'

export interface ChangesOptions {
  readonly rooms: Pick<Rooms, 'get' | 'has'>
  readonly history: Pick<RoomHistory, 'following' | 'replace' | 'rewriteChanges'>
  readonly index: Pick<MessageIndex, 'replace'>
  readonly pending: PendingChanges
  readonly epoch: () => string
  readonly messaging: () => Pick<Messaging, 'send'>
  readonly activity: ActivityLog
  readonly failed: (error: unknown) => void
  /** How long a message can be edited after it was said. */
  readonly editMs: number
  /** How often it is looked for what another process has left undone. */
  readonly sweepMs: number
}

/** What is kept in the place of a message that was deleted. Old pages show it; others say it in the reader's language. */
const DELETED = '삭제된 메시지입니다.'

type About = Omit<EditRequest, 'message'> | DeleteRequest

/**
 * Editing and deleting what was said. The history is changed first; then everybody is told, and the index changed. A change
 * that was begun is noted before, so that a process that ends in between leaves nothing half done.
 */
export class Changes {
  readonly #parts: ChangesOptions
  /** One change of a message after the other. */
  readonly #turns = new Turns()
  #sweep: NodeJS.Timeout | undefined
  #sweeping: Promise<void> = Promise.resolve()

  constructor(parts: ChangesOptions) {
    this.#parts = parts
  }

  /** Does what was left undone, once the history is there, and again from time to time. */
  start(): void {
    const sweep = (): void => {
      this.#sweeping = this.#sweeping.then(() => this.#doStale()).catch(this.#parts.failed)
    }
    sweep()
    this.#sweep = setInterval(sweep, this.#parts.sweepMs).unref()
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    await this.#sweeping
  }

  /**
   * Done when it is kept, and on its way to everybody. What is so already is not done again.
   *
   * @throws StompError: the refusals of `talkText` and of the policy, `message-unknown`, `too-many-requests`
   */
  async edit(who: Person, request: EditRequest): Promise<void> {
    const text = talkText(request.message)
    const { editMs } = this.#parts
    await this.#change(who, request, 'message edited', (wish) => {
      demand(policy.editMessage, { ...wish, editMs })
      const { message } = wish
      return message.message === text ? undefined : { ...message, message: text, edited: Date.now() }
    })
  }

  /** The same. */
  async delete(who: Person, request: DeleteRequest): Promise<void> {
    await this.#change(who, request, 'message deleted', (wish) => {
      demand(policy.deleteMessage, wish)
      const { edited: _, ...message } = wish.message
      if (message.deleted !== undefined) return undefined
      const isOwn = hasWritten(wish.who.account, wish.secret, message)
      return { ...message, message: DELETED, deleted: isOwn ? 'author' : 'owner' }
    })
  }

  async #change(
    who: Person,
    { roomId, offset, epoch, author }: About,
    what: string,
    changed: (wish: MessageWish) => ChatMessage | undefined,
  ): Promise<void> {
    const { rooms, pending, history, activity } = this.#parts
    const secret = authorSecret(author)
    demand(policy.beInRoom, { who, room: rooms.get(roomId) })
    if (!Number.isSafeInteger(offset) || offset < 1 || epoch !== this.#parts.epoch())
      throw refusal('message-unknown')
    await this.#turns.take(`${roomId} ${offset}`, async () => {
      const begun = await pending.begin(roomId, offset)
      let isReplaced = false
      try {
        const said = await this.#find(roomId, offset)
        // A guest who has said nothing yet in this session goes by the name that stands there.
        const wish = { who: { ...who, name: who.name ?? said.message.sender }, room: rooms.get(roomId) }
        const next = changed({ ...wish, message: said.message, secret })
        if (next !== undefined) {
          isReplaced = true
          if (!(await history.replace(roomId, offset, next))) throw refusal('message-unknown')
          activity.did(what, { room: roomId, offset, by: who.account?.name ?? wish.who.name })
          await this.#tell(roomId, { ...said, message: next }, said.message.edited !== undefined)
        }
      } catch (error) {
        // What may have been replaced is told later.
        if (!isReplaced) await pending.done(begun)
        throw error
      }
      await pending.done(begun)
    })
  }

  async #find(roomId: string, offset: number): Promise<SaidMessage & { message: ChatMessage }> {
    const [said] = await this.#parts.history.following(roomId, offset, 1)
    if (said?.offset !== offset || said.message === undefined) throw refusal('message-unknown')
    return { ...said, message: said.message }
  }

  /** @param again whether it may have been told of another text of this message before, which is to be gone */
  async #tell(roomId: string, said: SaidMessage & { message: ChatMessage }, again: boolean): Promise<void> {
    const { history, messaging, index, epoch } = this.#parts
    const { offset, message } = said
    const event = { type: 'CHANGE', offset, epoch: epoch(), message } as const
    if (again) await history.rewriteChanges(roomId, event)
    await messaging().send(changesTopic.to({ roomId }), event)
    await index.replace(roomId, offset, entryOf(said))
  }

  async #doStale(): Promise<void> {
    const { pending, rooms, failed } = this.#parts
    for (const { roomId, offset } of await pending.stale()) {
      const redo = async (): Promise<void> => {
        const begun = await pending.begin(roomId, offset)
        const found = rooms.has(roomId) ? await this.#find(roomId, offset).catch(unlessUnknown) : undefined
        if (found !== undefined) await this.#tell(roomId, found, true)
        await pending.done(begun)
      }
      await this.#turns.take(`${roomId} ${offset}`, redo).catch(failed)
    }
  }
}

/** Somebody wants to change a message, and may know a guest's secret. */
interface MessageWish {
  readonly who: Person
  readonly room: KeptRoom
  readonly message: ChatMessage
  readonly secret: string | undefined
}

function unlessUnknown(error: unknown): undefined {
  if ((error as { code?: unknown }).code !== 'message-unknown') throw error
}
