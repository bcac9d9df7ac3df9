import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Login, Logins } from '../accounts/logins.js'
import type { Person } from '../policy.js'
import { refusal } from '../refusal.js'
import { isOwnPage, tokenOf } from './cookie.js'

const logins = new WeakMap<FastifyRequest, Login>()

/** Finds out who asks before anything else is done, and lets pages of other sites change nothing. */
export function knowWho(app: FastifyInstance, known: Pick<Logins, 'find'>): void {
  app.addHook('onRequest', async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD' && !isOwnPage(request.headers)) {
      throw refusal('origin-refused')
    }
    const token = tokenOf(request.headers)
    const login = token === undefined ? undefined : await known.find(token)
    if (login !== undefined) logins.set(request, login)
  })
}

export function loginOf(request: FastifyRequest): Login | undefined {
  return logins.get(request)
}

export function whoOf(request: FastifyRequest): Person {
  const account = logins.get(request)?.account
  return { account, name: account?.name }
}

/** @throws StompError `account-needed` */
export function signedIn(request: FastifyRequest): Login {
  const login = logins.get(request)
  if (login === undefined) throw refusal('account-needed')
  return login
}
