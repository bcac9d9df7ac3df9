import { messageMap } from 'stomping-ground'
import type { MessageMap } from 'stomping-ground'
import type { Account, ChatUser } from '../accounts/account.js'
import { RoomReadRequest } from '../../contract/index.js'
import { demand, policy } from '../policy.js'
import { refusal } from '../refusal.js'
import type { RoomReads } from './room-reads.js'
import type { Rooms } from './rooms.js'

const EPOCH_CHARACTERS = 64

/** What accounts have read of rooms. A receipt means that it was taken; it is kept a moment later. */
export function roomReadsMessages(reads: RoomReads, rooms: Pick<Rooms, 'get'>): MessageMap<ChatUser> {
  return messageMap<ChatUser>().message('/chat/room/read', { body: RoomReadRequest }, ({ body, user }) => {
    const { roomId, offset, epoch } = body
    demand(policy.keepRead, {
      who: { account: user.account, name: user.account?.name },
      room: rooms.get(roomId),
    })
    if (!Number.isSafeInteger(offset) || offset < 0 || epoch.length > EPOCH_CHARACTERS)
      throw refusal('request-invalid')
    reads.read(user.account as Account, roomId, { offset, epoch })
  })
}
