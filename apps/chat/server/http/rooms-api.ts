import type { FastifyInstance } from 'fastify'
import * as z from 'zod/mini'
import type { Invitation, Room, RoomDetail, RoomList, RoomSettings } from '../../contract/index.js'
import type { ChatLimits } from '../limits.js'
import type { Members } from '../presence/members.js'
import type { Care } from '../rooms/care.js'
import type { KeptRoom } from '../rooms/room.js'
import type { RoomReads } from '../rooms/room-reads.js'
import { bodyOf } from './body.js'
import { whoOf } from './who.js'

export interface RoomsApiOptions {
  readonly care: Care
  readonly members: Pick<Members, 'of'>
  /** Up to where accounts have read rooms. */
  readonly reads: Pick<RoomReads, 'of'>
  /** The room as clients see it now. */
  readonly describe: (room: KeptRoom) => Room
  /** How long a message can be edited after it was said. */
  readonly editMs: number
  readonly limits: ChatLimits
}

interface OfRoom {
  Params: { id: string }
}
interface OfPerson {
  Params: { id: string; name: string }
}
interface OfInvitation {
  Params: { invitation: string }
}

const NewRoomBody = z.object({ name: z.string(), private: z.optional(z.boolean()) })
const NameBody = z.object({ name: z.string() })
const RemovalBody = z.object({ name: z.string(), lasting: z.boolean() })

/** The rooms: what everyone sees of them, and what their owners do with them. */
export async function roomsApi(
  app: FastifyInstance,
  { care, members, reads, describe, editMs, limits }: RoomsApiOptions,
): Promise<void> {
  const making = { config: { rateLimit: { max: limits.roomsMadePerMinute, timeWindow: 60_000 } } }
  const changing = { config: { rateLimit: { max: limits.changesPerMinute, timeWindow: 60_000 } } }

  app.get('/rooms', async (request): Promise<RoomList> => {
    const who = whoOf(request)
    const read = who.account === undefined ? undefined : await reads.of(who.account)
    const rooms = care.list(who).map(describe)
    return read === undefined ? { rooms } : { rooms, read }
  })

  app.get<OfRoom>('/rooms/:id', async (request): Promise<RoomDetail> => {
    const room = await care.find(whoOf(request), request.params.id)
    return { room: describe(room), ...members.of(room.id), editMs }
  })

  app.post('/rooms', making, async (request, reply): Promise<Room> => {
    const body = bodyOf(request, NewRoomBody)
    const room = await care.make(whoOf(request), body.name, body.private === true)
    void reply.code(201).header('location', `/api/rooms/${room.id}`)
    return describe(room)
  })

  app.patch<OfRoom>('/rooms/:id', changing, async (request): Promise<Room> => {
    const { name } = bodyOf(request, NameBody)
    return describe(await care.rename(whoOf(request), request.params.id, name))
  })

  app.delete<OfRoom>('/rooms/:id', changing, async (request) => {
    await care.remove(whoOf(request), request.params.id)
    return {}
  })

  app.get<OfRoom>('/rooms/:id/settings', async (request): Promise<RoomSettings> =>
    care.settings(whoOf(request), request.params.id),
  )

  app.post<OfRoom>('/rooms/:id/people', changing, async (request): Promise<RoomSettings> => {
    const who = whoOf(request)
    await care.invite(who, request.params.id, bodyOf(request, NameBody).name)
    return care.settings(who, request.params.id)
  })

  app.delete<OfRoom>('/rooms/:id/people/me', changing, async (request) => {
    await care.leave(whoOf(request), request.params.id)
    return {}
  })

  app.post<OfRoom>('/rooms/:id/bans', changing, async (request): Promise<RoomSettings> => {
    const who = whoOf(request)
    const { name, lasting } = bodyOf(request, RemovalBody)
    await (lasting ? care.ban(who, request.params.id, name) : care.kick(who, request.params.id, name))
    return care.settings(who, request.params.id)
  })

  app.delete<OfPerson>('/rooms/:id/bans/:name', changing, async (request): Promise<RoomSettings> => {
    const who = whoOf(request)
    await care.lift(who, request.params.id, request.params.name)
    return care.settings(who, request.params.id)
  })

  app.post<OfRoom>('/rooms/:id/invitation', changing, async (request): Promise<RoomSettings> => {
    const who = whoOf(request)
    await care.renewInvitation(who, request.params.id)
    return care.settings(who, request.params.id)
  })

  app.get<OfInvitation>('/invitations/:invitation', changing, async (request): Promise<Invitation> => ({
    roomName: (await care.invitedTo(request.params.invitation)).name,
  }))

  app.post<OfInvitation>('/invitations/:invitation', changing, async (request): Promise<Room> =>
    describe(await care.accept(whoOf(request), request.params.invitation)),
  )
}
