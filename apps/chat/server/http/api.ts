import rateLimit from '@fastify/rate-limit'
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import { refusal } from '../refusal.js'
import { accountsApi } from './accounts-api.js'
import type { AccountsApiOptions } from './accounts-api.js'
import { directApi } from './direct-api.js'
import type { DirectApiOptions } from './direct-api.js'
import type { Refusals } from './errors.js'
import { historyApi } from './history-api.js'
import type { HistoryApiOptions } from './history-api.js'
import { roomsApi } from './rooms-api.js'
import type { RoomsApiOptions } from './rooms-api.js'
import { searchApi } from './search-api.js'
import type { SearchApiOptions } from './search-api.js'
import { knowWho } from './who.js'

export interface ApiOptions
  extends AccountsApiOptions, RoomsApiOptions, HistoryApiOptions, SearchApiOptions, DirectApiOptions {
  /** Origins of other sites whose pages may read. */
  readonly allowedOrigins: readonly string[]
  readonly refusals: Refusals
}

/** `/api`: accounts, rooms, what was said in them, direct messages. */
export async function api(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { logins, allowedOrigins, refusals } = options
  app.setErrorHandler(refusals.answerError)
  app.setNotFoundHandler(refusals.answerUnknown)
  // A form of another site can send text/plain without asking first, but JSON it cannot.
  app.removeContentTypeParser('text/plain')
  await app.register(fastifyCookie)
  await app.register(rateLimit, { global: false, errorResponseBuilder: () => refusal('too-many-requests') })

  // Pages of other sites may read where they are listed, as guests; changing something needs a page of this one.
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store')
    if (allowedOrigins.length === 0) return
    void reply.header('vary', 'origin')
    const { origin } = request.headers
    if (origin === undefined) return
    if (!allowedOrigins.includes(origin) && !allowedOrigins.includes('*')) return
    void reply.header('access-control-allow-origin', origin)
  })
  knowWho(app, logins)

  // The prefix stands among the options, and is not to be put before these once more.
  const parts = { ...options, prefix: '' }
  await app.register(accountsApi, parts)
  await app.register(roomsApi, parts)
  await app.register(historyApi, parts)
  await app.register(searchApi, parts)
  await app.register(directApi, parts)
}
