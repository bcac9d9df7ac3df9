import { beforeEach, expect, it, vi } from 'vitest'
import type { Me } from '../../contract/index.js'
import { AccountControl } from './account.js'
import { ApiError } from './api.js'
import { createIdentity, enteringName, type IdentityStore } from './identity.js'

const me = (name: string | null): Me => ({ account: name === null ? null : { name } })
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

let answer: () => Promise<Me>
let identity: IdentityStore
let account: AccountControl
let sessionBegins: () => void | Promise<void>
let told: () => void
let log: string[]

beforeEach(() => {
  vi.stubGlobal('localStorage', { getItem: () => '손님 이름', setItem: () => {} })
  answer = () => Promise.resolve(me('민지'))
  log = []
  identity = createIdentity({ asking: true })
})

async function open(): Promise<void> {
  const ask = (): Promise<Me> => answer()
  account = new AccountControl({
    api: { me: ask, signUp: ask, signIn: ask, signOut: ask, signOutEverywhere: ask, changePassword: ask },
    identity,
    client: {
      onSession: (greet) => ((sessionBegins = () => greet({})), () => {}),
      // Nothing is asked for in a session that is about to end.
      reconnect: () => void log.push(`reconnect from ${String(identity.get().account)}`),
    },
    tabs: { tell: () => log.push('tell'), onTold: (listener) => (told = listener) },
  })
  await settle()
}

it('learns who is signed in without a new session: the first one was opened with the cookie', async () => {
  expect(enteringName(identity.get())).toBeNull()
  await open()
  expect(enteringName(identity.get())).toBe('민지')
  expect(log).toEqual([])
})

it('begins another session, and tells the other tabs, when somebody else signs in or out', async () => {
  answer = () => Promise.resolve(me(null))
  await open()
  expect(enteringName(identity.get())).toBe('손님 이름')
  answer = () => Promise.resolve(me('민지'))
  await account.signIn({ name: '민지', password: 'x' })
  expect(identity.get().account).toBe('민지')
  expect(log).toEqual(['reconnect from null', 'tell'])
  answer = () => Promise.resolve(me(null))
  await account.signOut()
  expect(log).toEqual(['reconnect from null', 'tell', 'reconnect from 민지', 'tell'])
})

it('asks again when another tab says that it has changed, and when a session was opened for an account', async () => {
  await open()
  answer = () => Promise.resolve(me(null))
  told()
  await settle()
  expect(identity.get().account).toBeNull()
  answer = () => Promise.resolve(me('민지'))
  void sessionBegins()
  await settle()
  // A guest stays one until they sign in.
  expect(identity.get().account).toBeNull()
})

it('passes on why it was refused, and changes nothing', async () => {
  await open()
  const refusal = new ApiError(401, { code: 'credentials-wrong', message: '' })
  answer = () => Promise.reject(refusal)
  await expect(account.signIn({ name: '수민', password: 'x' })).rejects.toBe(refusal)
  expect(identity.get().account).toBe('민지')
  expect(log).toEqual([])
})

it('asks with the next session what could not be asked', async () => {
  answer = () => Promise.reject(new ApiError(0, { code: 'network', message: '' }))
  await open()
  expect(identity.get().account).toBeUndefined()
  answer = () => Promise.resolve(me(null))
  void sessionBegins()
  await settle()
  expect(identity.get().account).toBeNull()
})
