import type { Account } from '../accounts/account.js'
import type { Accounts } from '../accounts/accounts.js'
import type { Live } from '../accounts/live.js'
import type { ChatErrorCode, RoomSettings } from '../../contract/index.js'
import type { Newest } from '../history/newest.js'
import type { RoomHistory } from '../history/room-history.js'
import type { ActivityLog } from '../log.js'
import { personName } from '../names/names.js'
import type { Names } from '../names/names.js'
import { nameKey } from '../names/text.js'
import type { Nodes } from '../nodes/nodes.js'
import { demand, may, policy } from '../policy.js'
import type { Person } from '../policy.js'
import type { Announcer } from '../presence/announcer.js'
import type { Listeners } from '../presence/listeners.js'
import type { Members } from '../presence/members.js'
import { refusal } from '../refusal.js'
import type { Follower } from '../search/follower.js'
import type { Doors } from './doors.js'
import type { KeptRoom } from './room.js'
import type { Rooms } from './rooms.js'

export interface CareOptions {
  readonly accounts: Accounts
  readonly rooms: Rooms
  readonly doors: Doors
  readonly names: Names
  readonly listeners: Pick<Listeners, 'of'>
  readonly members: Pick<Members, 'forget'>
  /** Hears of each change, for the other nodes. */
  readonly nodes: Pick<Nodes, 'room'>
  readonly live: Live
  readonly announcer: Announcer
  readonly activity: ActivityLog
  /** What was said in rooms. */
  readonly history: Pick<RoomHistory, 'forget'>
  readonly newest: Pick<Newest, 'forget'>
  /** What can be found of it. */
  readonly follower: Pick<Follower, 'changed'>
  /** How long someone who was kicked stays out. */
  readonly kickMs: number
}

/**
 * What people do with rooms besides talking in them. Each asks the policy, changes what is kept, cuts what is live, and
 * tells whoever has to know; it throws the policy's refusals, and those of what it uses.
 */
export class Care {
  readonly #parts: CareOptions

  constructor(parts: CareOptions) {
    this.#parts = parts
  }

  /** The rooms that somebody may know of, oldest first. */
  list(who: Person): KeptRoom[] {
    return this.#parts.rooms.all().filter((room) => may(policy.seeRoom, { who, room }))
  }

  find(who: Person, roomId: string): Promise<KeptRoom> {
    return this.#permitted(policy.seeRoom, who, roomId)
  }

  /** A room whose messages somebody may read: that is, in which they may be. */
  findToRead(who: Person, roomId: string): Promise<KeptRoom> {
    return this.#permitted(policy.beInRoom, who, roomId)
  }

  make(who: Person, name: string, isPrivate: boolean): Promise<KeptRoom> {
    if (isPrivate) demand(policy.makePrivateRoom, { who })
    return this.#parts.rooms.create(name, { owner: who.account, private: isPrivate })
  }

  async rename(who: Person, roomId: string, name: string): Promise<KeptRoom> {
    const room = await this.#permitted(policy.runRoom, who, roomId)
    await this.#parts.rooms.rename(room.id, name)
    this.#parts.nodes.room(room.id)
    this.#parts.announcer.renamed(room)
    this.#did('room renamed', who, room)
    return room
  }

  async remove(who: Person, roomId: string): Promise<void> {
    const room = await this.#permitted(policy.runRoom, who, roomId)
    const { rooms, announcer, live, listeners, members, nodes } = this.#parts
    await rooms.remove(room.id)
    nodes.room(room.id)
    announcer.gone(room)
    this.#did('room deleted', who, room)
    await live.cutFromRoom(room.id, 'room-unknown', listeners.of(room.id))
    members.forget(room.id)
    this.#parts.newest.forget(room.id)
    await this.#parts.history.forget(room.id)
    this.#parts.follower.changed(room.id)
  }

  async settings(who: Person, roomId: string): Promise<RoomSettings> {
    const room = await this.#permitted(policy.runRoom, who, roomId)
    const now = Date.now()
    return {
      people: [...room.people.values()].map(({ name }) => name),
      bans: [...room.bans.values()]
        .filter(({ endsAt }) => endsAt === undefined || endsAt > now)
        .map(({ name, endsAt }) => (endsAt === undefined ? { name } : { name, endsAt })),
      ...(room.invitation === undefined ? {} : { invitation: room.invitation }),
    }
  }

  /** Lets an account into a private room. */
  async invite(who: Person, roomId: string, name: string): Promise<void> {
    const room = await this.#permitted(policy.invite, who, roomId)
    const account = await this.#parts.accounts.named(name)
    if (account === undefined) throw refusal('person-unknown')
    await this.#parts.doors.letIn(room, account)
    this.#parts.nodes.room(room.id)
    this.#parts.announcer.room(room)
    this.#did('person invited', who, room, account.name)
  }

  async renewInvitation(who: Person, roomId: string): Promise<void> {
    const room = await this.#permitted(policy.invite, who, roomId)
    await this.#parts.doors.renewInvitation(room)
    this.#parts.nodes.room(room.id)
    this.#did('invitation renewed', who, room)
  }

  /** The room that an invitation is to: its name may be told to whoever has it. */
  invitedTo(invitation: string): Promise<KeptRoom> {
    return this.#parts.rooms.byInvitation(invitation)
  }

  async accept(who: Person, invitation: string): Promise<KeptRoom> {
    const room = await this.#parts.rooms.byInvitation(invitation)
    demand(policy.acceptInvitation, { who, room })
    await this.#parts.doors.letIn(room, who.account as Account, (now) => {
      if (now.invitation !== invitation) throw refusal('invitation-unknown')
      demand(policy.acceptInvitation, { who, room: now })
    })
    this.#parts.nodes.room(room.id)
    this.#parts.announcer.room(room)
    this.#did('invitation accepted', who, room)
    return room
  }

  /** Out of a private room for good, by one's own wish. */
  async leave(who: Person, roomId: string): Promise<void> {
    const room = await this.#permitted(policy.leaveForGood, who, roomId)
    await this.#putOut(room, who.account as Account, 'put-out')
    this.#did('left for good', who, room)
  }

  /** Out of the room for a few minutes, and out of a private one until they are invited again. */
  async kick(who: Person, roomId: string, name: string): Promise<void> {
    await this.#removePerson(who, roomId, name, Date.now() + this.#parts.kickMs)
  }

  /** Out of the room until the ban is lifted; what it means for guests is that nobody enters under this name. */
  async ban(who: Person, roomId: string, name: string): Promise<void> {
    await this.#removePerson(who, roomId, name, undefined)
  }

  async lift(who: Person, roomId: string, name: string): Promise<void> {
    const room = await this.#permitted(policy.runRoom, who, roomId)
    await this.#parts.doors.lift(room, name)
    this.#parts.nodes.room(room.id)
    this.#did('ban lifted', who, room, name)
  }

  async #removePerson(who: Person, roomId: string, asked: string, endsAt: number | undefined): Promise<void> {
    const room = await this.#permitted(policy.runRoom, who, roomId)
    const name = personName(asked)
    if (name === undefined) throw refusal('request-invalid')
    const account = await this.#parts.accounts.named(name)
    demand(policy.removePerson, { who, room, whom: { account, name } })
    await this.#parts.doors.ban(room, account?.name ?? name, endsAt)
    this.#parts.nodes.room(room.id)
    const code = endsAt === undefined ? 'banned' : 'kicked'
    this.#did(endsAt === undefined ? 'person banned' : 'person kicked', who, room, name)
    if (account !== undefined && room.invitation !== undefined) {
      await this.#putOut(room, account, endsAt === undefined ? 'banned' : 'put-out')
    } else await this.#cut(room, code, (one) => nameKey(one) === nameKey(name), account)
  }

  async #putOut(room: KeptRoom, account: Account, code: ChatErrorCode): Promise<void> {
    await this.#parts.doors.putOut(room, account.id)
    this.#parts.nodes.room(room.id, code)
    this.#parts.announcer.gone(room, account.id)
    this.#parts.announcer.room(room)
    await this.#cut(room, code, () => false, account)
  }

  async #cut(
    room: KeptRoom,
    code: ChatErrorCode,
    isName: (name: string) => boolean,
    account: Account | undefined,
  ): Promise<void> {
    const { live, listeners, names } = this.#parts
    const sessions = listeners.of(room.id).filter((session) => {
      const name = names.of(session)
      return session.user.account?.id === (account?.id ?? '') || (name !== undefined && isName(name))
    })
    await live.cutFromRoom(room.id, code, sessions)
  }

  async #permitted(
    rule: (typeof policy)['seeRoom' | 'beInRoom' | 'runRoom' | 'invite'],
    who: Person,
    roomId: string,
  ): Promise<KeptRoom> {
    const room = await this.#parts.rooms.find(roomId)
    demand(rule, { who, room })
    return room
  }

  #did(what: string, who: Person, room: KeptRoom, whom?: string): void {
    this.#parts.activity.did(what, {
      room: room.id,
      by: who.account?.name,
      ...(whom !== undefined && { whom }),
    })
  }
}
