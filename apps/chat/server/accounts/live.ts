import { StompError } from 'stomping-ground'
import type { StompServer } from 'stomping-ground'
import { changesTopic, membersTopic, roomTopic } from '../../contract/index.js'
import type { ChatErrorCode } from '../../contract/index.js'
import { isGuestName } from '../names/names.js'
import type { Names } from '../names/names.js'
import { isChatErrorCode, refusal } from '../refusal.js'
import type { KeptRoom } from '../rooms/room.js'
import type { ChatSession, ChatUser } from './account.js'
import type { Accounts } from './accounts.js'
import type { Logins } from './logins.js'

/** Sessions that are here now lose at once what they may not have any more. */
export class Live {
  readonly #stomp: () => StompServer<ChatUser>
  readonly #names: Names

  constructor(stomp: () => StompServer<ChatUser>, names: Names) {
    this.#stomp = stomp
    this.#names = names
  }

  /** Sign-ins have ended: so do the sessions that came by them. */
  loginsEnded(loginIds: readonly string[]): void {
    const ended = new Set(loginIds)
    for (const session of this.#stomp().sessions.all()) {
      if (session.user.loginId !== undefined && ended.has(session.user.loginId)) session.disconnect()
    }
  }

  /** A name has been registered: guests who go by it come again under another. */
  nameRegistered(name: string): void {
    for (const session of this.#names.holders(name)) {
      if (session.user.account === undefined) session.disconnect()
    }
  }

  /** Sign-ins may have ended, and names been registered, of which nothing was heard here: looks at each session again. */
  async check(logins: Pick<Logins, 'endedOf'>, accounts: Pick<Accounts, 'named'>): Promise<void> {
    const loginIds = new Set<string>()
    const guests = new Set<string>()
    for (const session of this.#stomp().sessions.all()) {
      const { loginId } = session.user
      const name = this.#names.of(session)
      if (loginId !== undefined) loginIds.add(loginId)
      else if (name !== undefined && !isGuestName(name)) guests.add(name)
    }
    this.loginsEnded(await logins.endedOf([...loginIds]))
    for (const name of guests) if ((await accounts.named(name)) !== undefined) this.nameRegistered(name)
  }

  /** A session turned out to be somebody's who may not be in a room that it listens to already. */
  readonly cutGuest = (session: ChatSession, room: KeptRoom, why: unknown): void => {
    if (!(why instanceof StompError) || !isChatErrorCode(why.code)) return
    // It is told by the refusal of what it has sent.
    void this.#stomp().sessions.revoke({ session, destination: ofRoom(room.id), notice: 'none' })
  }

  /** Ends every subscription that sessions have to a room. They are told by an ERROR with this code. */
  async cutFromRoom(roomId: string, code: ChatErrorCode, sessions: readonly ChatSession[]): Promise<void> {
    const destination = ofRoom(roomId)
    await Promise.all(
      sessions.map((session) => this.#stomp().sessions.revoke({ session, destination, why: refusal(code) })),
    )
  }
}

function ofRoom(roomId: string): (destination: string) => boolean {
  return (one) =>
    (roomTopic.match(one) ?? changesTopic.match(one) ?? membersTopic.match(one))?.roomId === roomId
}
