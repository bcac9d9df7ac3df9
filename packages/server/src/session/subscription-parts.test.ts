import { describe, expect, test } from 'vitest'
import { deferred, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import type { Broker, BrokerLink } from '../broker/broker.js'
import { embeddedBroker } from '../broker/embedded/embedded.js'
import { StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import type { StompServerOptions } from '../options.js'
import { turn } from '../testing/manual-clock.js'

/** What the broker was asked, by its topic: answered when the test says so. */
interface Asked {
  readonly what: 'name' | 'session' | 'unsubscribe'
  readonly answer: (refusal?: Error) => Promise<void>
}

/** A server whose broker is elsewhere: a subscription is live before it says so, and each answer waits for the test. */
function elsewhere(options: StompServerOptions = {}): TestServer<StompUser> & { readonly asked: Asked[] } {
  const asked: Asked[] = []
  const wait = (what: Asked['what']): Promise<void> => {
    const { promise, resolve, reject } = deferred()
    const answer = async (refusal?: Error): Promise<void> => {
      if (refusal === undefined) resolve()
      else reject(refusal)
      await turn()
    }
    asked.push({ what, answer })
    return promise
  }
  const embedded = embeddedBroker()
  const slow = (link: BrokerLink): BrokerLink => ({
    send: (...of) => link.send(...of),
    async subscribe(request, active) {
      const what = request.destination.startsWith('/user-topic/session/') ? 'session' : 'name'
      const answered = wait(what)
      await link.subscribe(request, () => active([`x-${what}`, 'live']))
      await answered
    },
    async unsubscribe(id) {
      await wait('unsubscribe')
      await link.unsubscribe(id)
    },
    ack: (...of) => link.ack(...of),
    nack: (...of) => link.nack(...of),
    awaits: (of) => link.awaits(of),
    commit: (operations) => link.commit(operations),
    ready: () => link.ready(),
    close: () => link.close(),
  })
  const broker: Broker = {
    observe: (observer) => embedded.observe(observer),
    start: () => embedded.start(),
    connect: async (subscriber) => slow(await embedded.connect(subscriber)),
    publish: (message) => embedded.publish(message),
    stop: () => embedded.stop(),
  }
  return { ...serve({ broker, ...options }), asked }
}

const subscription = { id: 's', destination: '/user/queue/x', receipt: 'r' }
const keep = { login: 'ann', 'x-error-mode': 'keep' }

describe('a user destination whose broker is elsewhere', () => {
  test('brings nothing before its RECEIPT, and then in order what has come by either of its topics', async () => {
    const { connect, stomp, asked } = elsewhere()
    const client = await connect({ login: 'ann' })
    const [session] = stomp.sessions.all()
    client.send('SUBSCRIBE', subscription)
    await turn()
    await stomp.messaging.sendToUser('ann', '/queue/x', 'one')
    await stomp.messaging.sendToUser('ann', '/queue/x', 'two')
    expect(await client.frames()).toEqual([])
    await asked.shift()!.answer()
    await stomp.messaging.sendToUser('ann', '/queue/x', 'three', { sessionId: session!.id })
    expect(await client.frames('receipt-id', 'x-name', 'x-session', 'subscription')).toEqual([
      'RECEIPT receipt-id=r x-name=live x-session=live',
      'MESSAGE subscription=s | one',
      'MESSAGE subscription=s | two',
      'MESSAGE subscription=s | three',
    ])
    await asked.shift()!.answer()
    await stomp.messaging.sendToUser('ann', '/queue/x', 'four')
    expect(await client.frames('destination')).toEqual(['MESSAGE destination=/user/queue/x | four'])
  })

  test('that refuses the second topic leaves nothing of the first, and nothing of it gets out', async () => {
    const { connect, stomp, asked } = elsewhere()
    const client = await connect(keep)
    client.send('SUBSCRIBE', subscription)
    await turn()
    await asked.shift()!.answer(new StompError('broker-unavailable'))
    expect(asked.map(({ what }) => what)).toEqual(['unsubscribe'])
    await stomp.messaging.sendToUser('ann', '/queue/x', 'late')
    // Why it failed is told, and not that it could not be taken back.
    await asked.shift()!.answer(new Error('away'))
    expect(await client.frames('code', 'receipt-id')).toEqual([
      expect.stringContaining('ERROR code=broker-unavailable receipt-id=r'),
    ])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('holds heldBytes meanwhile, and no more: then it is refused', async () => {
    // What a message counts: its body, 64 octets, and its headers.
    const bytes = 100 + 64 + 'content-typetext/plain;charset=utf-8'.length
    for (const [sent, refused] of [
      [2, false],
      [3, true],
    ] as const) {
      const { connect, stomp, asked } = elsewhere({ limits: { heldBytes: 2 * bytes } })
      const client = await connect(keep)
      client.send('SUBSCRIBE', subscription)
      await turn()
      for (let i = 0; i < sent; i++) await stomp.messaging.sendToUser('ann', '/queue/x', 'x'.repeat(100))
      for (const what of ['name', 'session', ...(refused ? ['unsubscribe'] : [])]) {
        expect(asked[0]!.what).toBe(what)
        await asked.shift()!.answer()
      }
      const frames = await client.frames('code')
      expect(frames.map((line) => line.split(' | ')[0])).toEqual(
        refused ? ['ERROR code=snapshot-too-slow'] : ['RECEIPT', 'MESSAGE', 'MESSAGE'],
      )
      await stomp.messaging.sendToUser('ann', '/queue/x', 'x')
      expect(await client.frames()).toHaveLength(refused ? 0 : 1)
    }
  })

  test('leaves nothing behind when the session ends meanwhile', async () => {
    const { connect, stomp, asked } = elsewhere()
    const client = await connect({ login: 'ann' })
    client.send('SUBSCRIBE', subscription)
    await turn()
    await stomp.messaging.sendToUser('ann', '/queue/x', 'x')
    client.cut()
    await asked.shift()!.answer()
    for (const { answer } of asked) await answer()
    expect(await client.frames()).toEqual([])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})
