import type { FastifyInstance } from 'fastify'
import type { RoomMessages } from '../../contract/index.js'
import type { RoomHistory } from '../history/room-history.js'
import type { ChatLimits } from '../limits.js'
import { refusal } from '../refusal.js'
import type { Care } from '../rooms/care.js'
import { whoOf } from './who.js'

export interface HistoryApiOptions {
  readonly care: Care
  readonly history: RoomHistory
  readonly limits: ChatLimits
}

interface OfRoom {
  Params: { id: string }
  Querystring: { before?: string; from?: string }
}

/** What was said in a room before the page came to it. */
export async function historyApi(
  app: FastifyInstance,
  { care, history, limits }: HistoryApiOptions,
): Promise<void> {
  app.get<OfRoom>('/rooms/:id/messages', async (request): Promise<RoomMessages> => {
    const { id } = await care.findToRead(whoOf(request), request.params.id)
    const { before, from } = request.query
    if (before !== undefined && from !== undefined) throw refusal('request-invalid')
    return history.page(id, { before: offsetOf(before), from: offsetOf(from), count: limits.roomPage })
  })
}

function offsetOf(text: unknown): number | undefined {
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !/^[1-9]\d{0,14}$/.test(text)) throw refusal('request-invalid')
  return Number(text)
}
