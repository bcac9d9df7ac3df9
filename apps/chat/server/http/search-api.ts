import type { FastifyInstance } from 'fastify'
import type { SearchResults } from '../../contract/index.js'
import type { ChatLimits } from '../limits.js'
import { refusal } from '../refusal.js'
import type { Search } from '../search/search.js'
import { whoOf } from './who.js'

export interface SearchApiOptions {
  readonly search: Search
  readonly limits: ChatLimits
}

interface Asked {
  Querystring: { q?: unknown; room?: unknown; before?: unknown }
}

/** Looking for what was said. */
export async function searchApi(app: FastifyInstance, { search, limits }: SearchApiOptions): Promise<void> {
  const searching = { config: { rateLimit: { max: limits.searchesPerMinute, timeWindow: 60_000 } } }

  app.get<Asked>('/search', searching, async (request): Promise<SearchResults> => {
    const { q, room, before } = request.query
    if (typeof q !== 'string' || (room !== undefined && typeof room !== 'string'))
      throw refusal('request-invalid')
    return search.find(whoOf(request), { words: q, roomId: room, before: idOf(before) })
  })
}

function idOf(text: unknown): number | undefined {
  if (text === undefined) return undefined
  const id = typeof text === 'string' && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(id)) throw refusal('request-invalid')
  return id
}
