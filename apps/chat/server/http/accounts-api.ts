import type { FastifyInstance } from 'fastify'
import * as z from 'zod/mini'
import type { Entrance } from '../accounts/entrance.js'
import type { Logins } from '../accounts/logins.js'
import type { Me } from '../../contract/index.js'
import type { ActivityLog } from '../log.js'
import type { ChatLimits } from '../limits.js'
import { bodyOf } from './body.js'
import { clearToken, setToken, tokenOf } from './cookie.js'
import { loginOf, signedIn } from './who.js'

export interface AccountsApiOptions {
  readonly entrance: Entrance
  readonly logins: Logins
  readonly activity: ActivityLog
  readonly limits: ChatLimits
}

const Credentials = z.object({ name: z.string(), password: z.string() })
const PasswordChange = z.object({ password: z.string(), newPassword: z.string() })

/** Signing up, in and out. */
export async function accountsApi(app: FastifyInstance, options: AccountsApiOptions): Promise<void> {
  const { entrance, logins, activity, limits } = options
  const perMinute = (max: number) => ({ config: { rateLimit: { max, timeWindow: 60_000 } } })

  app.get('/session', async (request, reply): Promise<Me> => {
    const login = loginOf(request)
    if (login === undefined) {
      clearToken(request, reply)
      return { account: null }
    }
    const token = await logins.rotated(login, tokenOf(request.headers) ?? '')
    if (token !== undefined) setToken(request, reply, token, limits.loginLastsMs)
    return { account: { name: login.account.name } }
  })

  app.post('/accounts', perMinute(limits.signUpsPerMinute), async (request, reply): Promise<Me> => {
    const { name, password } = bodyOf(request, Credentials)
    const { account, token } = await entrance.signUp(name, password)
    activity.did('signed up', { name: account.name, remoteAddress: request.ip })
    await endPresent(request)
    setToken(request, reply, token, limits.loginLastsMs)
    void reply.code(201)
    return { account: { name: account.name } }
  })

  app.post('/session', perMinute(limits.signInsPerMinute), async (request, reply): Promise<Me> => {
    const { name, password } = bodyOf(request, Credentials)
    const { account, token } = await entrance.signIn(name, password)
    activity.did('signed in', { name: account.name, remoteAddress: request.ip })
    await endPresent(request)
    setToken(request, reply, token, limits.loginLastsMs)
    return { account: { name: account.name } }
  })

  app.delete('/session', async (request, reply) => {
    await endPresent(request)
    clearToken(request, reply)
    return { account: null } satisfies Me
  })

  app.delete('/sessions', async (request, reply) => {
    const { account } = signedIn(request)
    await logins.endAll(account)
    activity.did('signed out everywhere', { name: account.name })
    clearToken(request, reply)
    return { account: null } satisfies Me
  })

  app.put('/account/password', perMinute(limits.signInsPerMinute), async (request): Promise<Me> => {
    const login = signedIn(request)
    const { password, newPassword } = bodyOf(request, PasswordChange)
    await entrance.changePassword(login, password, newPassword)
    activity.did('password changed', { name: login.account.name })
    return { account: { name: login.account.name } }
  })

  /** Whoever signs in anew leaves what the browser had before. */
  async function endPresent(request: Parameters<typeof loginOf>[0]): Promise<void> {
    const login = loginOf(request)
    if (login === undefined) return
    await logins.end(login.id)
    activity.did('signed out', { name: login.account.name })
  }
}
