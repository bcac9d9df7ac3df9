import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance } from 'fastify'
import * as z from 'zod/mini'
import type { NewRoom, Room, RoomDetail, RoomList } from '../../contract/index.js'
import type { ChatLimits } from '../limits.js'
import type { Presence } from '../presence/presence.js'
import { refusal } from '../refusal.js'
import type { KeptRoom, Rooms } from '../rooms/rooms.js'
import { answerError, answerUnknown } from './errors.js'

export interface ApiOptions {
  readonly rooms: Rooms
  readonly presence: Presence
  readonly limits: ChatLimits
  /** Origins of other sites whose pages may read. */
  readonly allowedOrigins: readonly string[]
}

const NewRoomBody = z.object({ name: z.string() })

/** A room as clients see it. */
export function describeRoom({ id, name, createdAt }: KeptRoom, presence: Presence): Room {
  return { id, name, createdAt, members: presence.count(id) }
}

/** `/api`: the rooms. */
export async function api(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { rooms, presence, limits, allowedOrigins } = options
  app.setErrorHandler(answerError)
  app.setNotFoundHandler(answerUnknown)
  // A form of another site can send text/plain without asking first, but JSON it cannot.
  app.removeContentTypeParser('text/plain')
  await app.register(rateLimit, { global: false, errorResponseBuilder: () => refusal('too-many-requests') })

  // Pages of other sites may read where they are listed; making rooms needs a page of this one.
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    if (allowedOrigins.length === 0) return
    void reply.header('vary', 'origin')
    const { origin } = request.headers
    if (origin === undefined) return
    if (!allowedOrigins.includes(origin) && !allowedOrigins.includes('*')) return
    void reply.header('access-control-allow-origin', origin)
  })

  app.get('/rooms', async (): Promise<RoomList> => ({
    rooms: rooms.all().map((room) => describeRoom(room, presence)),
  }))

  app.get<{ Params: { id: string } }>('/rooms/:id', (request, reply) => {
    const room = rooms.get(request.params.id)
    const detail: RoomDetail = { room: describeRoom(room, presence), ...presence.of(room.id) }
    void reply.send(detail)
  })

  app.post(
    '/rooms',
    { config: { rateLimit: { max: limits.roomsMadePerMinute, timeWindow: 60_000 } } },
    async (request, reply): Promise<Room> => {
      const body = NewRoomBody.safeParse(request.body)
      if (!body.success) throw refusal('request-invalid')
      const { name }: NewRoom = body.data
      const room = await rooms.create(name)
      void reply.code(201).header('location', `/api/rooms/${room.id}`)
      return describeRoom(room, presence)
    },
  )
}
