import type { FastifyInstance } from 'fastify'
import type { ConversationList, ConversationPage } from '../../contract/index.js'
import type { Direct } from '../direct/direct.js'
import type { ChatLimits } from '../limits.js'
import { refusal } from '../refusal.js'
import { whoOf } from './who.js'

export interface DirectApiOptions {
  readonly direct: Direct
  readonly limits: ChatLimits
}

interface OfPerson {
  Params: { name: string }
  Querystring: { before?: string }
}

/** Reading what was written before; what is written now comes over STOMP. */
export async function directApi(app: FastifyInstance, { direct, limits }: DirectApiOptions): Promise<void> {
  const changing = { config: { rateLimit: { max: limits.changesPerMinute, timeWindow: 60_000 } } }

  app.get('/direct', async (request): Promise<ConversationList> => direct.list(whoOf(request)))

  app.get<OfPerson>('/direct/:name', async (request): Promise<ConversationPage> =>
    direct.read(whoOf(request), request.params.name, seqOf(request.query.before)),
  )

  app.put<OfPerson>('/blocks/:name', changing, async (request) => {
    await direct.block(whoOf(request), request.params.name)
    return {}
  })

  app.delete<OfPerson>('/blocks/:name', changing, async (request) => {
    await direct.unblock(whoOf(request), request.params.name)
    return {}
  })
}

function seqOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw refusal('request-invalid')
  return Number(text)
}
