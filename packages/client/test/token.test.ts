import { StompError, messageMap } from 'stomping-ground'
import type { StompServerOptions, StompUser } from 'stomping-ground'
import { ManualClock } from 'stomping-ground/testing'
import { expect, it } from 'vitest'
import { Inbox, site, until } from './site.js'

interface Bearer extends StompUser {
  readonly token: string
}

const TEN_MINUTES = 600_000

/** Tokens that hold for ten minutes of a clock that both sides go by, and are moved on by the test. */
function tokens(renewals: (token: string) => void = () => {}) {
  const clock = new ManualClock()
  let count = 0
  const options: StompServerOptions<Bearer> = {
    clock,
    // The clock jumps, and the network does not: nobody is silent for that.
    heartbeat: { outgoingMs: 0, incomingMs: 0 },
    limits: { probeMs: 100 * TEN_MINUTES },
    messages: [messageMap<Bearer>().message('/done', {}, () => {})],
    authenticate({ headers, renewal }) {
      const token = headers.get('Authorization')!.replace('Bearer ', '')
      if (renewal) renewals(token)
      return { user: { name: 'ann', token }, expiresAt: new Date(clock.date() + TEN_MINUTES) }
    },
  }
  const token = () => ({ token: `t${count++}`, expiresAt: clock.date() + TEN_MINUTES })
  return { clock, options, token }
}

it('renews its token in place: the session outlives the one that it began with, and misses nothing', async () => {
  const { clock, options, token } = tokens()
  const { client: make, stomp, network } = await site(options)
  const renewed = new Inbox<unknown>()
  stomp.events.on('renewed', renewed.put)
  const client = make({ clock, token })
  const inbox = new Inbox<number>()
  await client.connect()
  const subscription = client.subscribe<number>({ destination: '/topic/a' }, ({ body }) => inbox.put(body))
  await until(subscription.state, 'active')
  const [session] = stomp.sessions.all()
  for (let round = 1; round <= 3; round++) {
    await clock.advance(TEN_MINUTES * 0.9)
    expect(await renewed.next()).toEqual({ session })
    expect(session!.user).toEqual({ name: 'ann', token: `t${round}` })
    // Its receipt follows that of the renewal.
    await client.send({ destination: '/app/done' }, {})
    await stomp.messaging.send('/topic/a', round)
    expect(await inbox.next()).toBe(round)
  }
  expect(stomp.sessions.all()).toEqual([session])
  expect(network.connections).toBe(1)
})

it('whose renewal is refused keeps its session while the old token holds, and comes back with another', async () => {
  const { clock, options, token } = tokens(() => {
    throw new StompError('authentication-failed')
  })
  const { client: make, stomp, network } = await site(options)
  const errors = new Inbox<unknown>()
  const client = make({ clock, token, onError: errors.put })
  await client.connect()
  const [first] = stomp.sessions.all()
  await clock.advance(TEN_MINUTES * 0.9)
  expect(await errors.next()).toMatchObject({ code: 'authentication-failed' })
  await clock.advance(TEN_MINUTES * 0.1 - 1)
  expect(stomp.sessions.all()).toEqual([first])
  const back = new Promise<StompUser>((resolve) => {
    stomp.events.on('connected', ({ session }) => resolve(session.user))
  })
  await clock.advance(1)
  await until(client.connection, 'waiting')
  await clock.advance(20)
  expect(await back).toMatchObject({ name: 'ann' })
  expect(network.connections).toBe(2)
})
