import type { HttpError, NewRoom, Room, RoomDetail, RoomList } from '../../contract/index.js'
import type { Refusal } from './refusal.js'

const TIMEOUT_MS = 10_000

/** An answer of 400 or above, or no answer at all (`network`). */
export class ApiError extends Error {
  readonly status: number
  readonly refusal: Refusal
  constructor(status: number, refusal: Refusal) {
    super(refusal.message)
    this.status = status
    this.refusal = refusal
  }
}

export interface Api {
  rooms(): Promise<RoomList>
  createRoom(room: NewRoom): Promise<Room>
  room(id: string): Promise<RoomDetail>
}

export const api: Api = {
  rooms: () => call<RoomList>('/api/rooms'),
  createRoom: (room) =>
    call<Room>('/api/rooms', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(room),
    }),
  room: (id) => call<RoomDetail>(`/api/rooms/${encodeURIComponent(id)}`),
}

async function call<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    throw new ApiError(0, { code: 'network', message: String(error) })
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as Answer
  throw new ApiError(response.status, refusalOf(body) ?? { code: 'network', message: response.statusText })
}

function refusalOf(body: unknown): Refusal | undefined {
  const { code, message } = (body ?? {}) as Partial<HttpError>
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return { code, message }
}

export function asRefusal(error: unknown): Refusal {
  return error instanceof ApiError ? error.refusal : { code: 'network', message: String(error) }
}
