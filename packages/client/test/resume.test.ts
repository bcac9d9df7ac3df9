import { allow, memoryStore, messageMap } from 'stomping-ground'
import type { InferRoutes } from 'stomping-ground'
import { expect, it } from 'vitest'
import { z } from 'zod'
import type { Activation } from '../src/index.js'
import { Inbox, site, until } from './site.js'

const topic = { destination: '/topic/rooms/7' }
const anyone = { send: [allow('/**')], subscribe: [allow('/**')] }
const retaining = (count = 1_000) => ({
  permissions: anyone,
  history: { store: memoryStore(), retain: [{ destination: '/topic/rooms/{roomId}', count }] },
})

it('goes on where it was across cuts, while others publish, without a gap, a repetition or a change of order', async () => {
  const { client: make, stomp, network } = await site(retaining())
  const client = make()
  const inbox = new Inbox<number>()
  const activations: Activation[] = []
  await client.connect()
  const subscription = client.subscribe<number>(topic, ({ body }) => inbox.put(body), {
    onActive: (one) => activations.push(one),
  })
  await client.send({ destination: '/topic/other' }, {})
  const total = 300
  for (let n = 1; n <= total; n++) {
    await stomp.messaging.send(topic.destination, n)
    // Some of them arrive before the cut, and some while nobody is there.
    if (n % 30 === 0) {
      network.cut()
      await until(client.connection, 'waiting')
    }
    if (n % 30 === 15) await until(subscription.state, 'active')
    if (n % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const received = await inbox.take(total)
  expect(received).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  expect(activations.length).toBeGreaterThan(5)
  expect(activations.filter(({ recovered, missed }) => !recovered || missed !== 0)).toEqual([])
})

it('brings what several clients publish to all of them, once and in order, while the network is cut again and again', async () => {
  const { client: make, network } = await site(retaining(10_000))
  const each = 100
  const parties = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      // It is the network that ends the sessions, however many while one message is on its way.
      const client = make({ outgoing: { attempts: 1_000 } })
      const inbox = new Inbox<string>()
      await client.connect()
      const subscription = client.subscribe<string>(topic, ({ body }) => inbox.put(body), { from: 'first' })
      await until(subscription.state, 'active')
      return { name, client, inbox }
    }),
  )
  let left = parties.length * each
  const sending = parties.map(async ({ name, client }) => {
    const sent: Promise<unknown>[] = []
    for (let n = 1; n <= each; n++) {
      sent.push(client.send(topic, { body: `${name} ${n}` }).then(() => left--))
      // Ten of them wait for their RECEIPT.
      if (n > 10) await sent[n - 11]
    }
    await Promise.all(sent)
  })
  let cuts = 0
  for (let before = left; left > 0; before = left) {
    while (left > 0 && left > before - 20) await new Promise((resolve) => setImmediate(resolve))
    network.cut()
    cuts++
  }
  await Promise.all(sending)
  const received = await Promise.all(parties.map(({ inbox }) => inbox.take(parties.length * each)))
  expect(cuts).toBeGreaterThan(5)
  for (const { name } of parties) {
    const own = received[0]!.filter((body) => body.startsWith(name))
    expect(own).toEqual(Array.from({ length: each }, (_, i) => `${name} ${i + 1}`))
  }
  expect(received[1]).toEqual(received[0])
  expect(received[2]).toEqual(received[0])
})

it('says how many messages are gone, where the history does not reach back far enough', async () => {
  const { client: make, stomp, network } = await site(retaining(5))
  const client = make()
  const inbox = new Inbox<number>()
  await client.connect()
  const activations: Activation[] = []
  const subscription = client.subscribe<number>(topic, ({ body }) => inbox.put(body), {
    from: 'first',
    onActive: (one) => activations.push(one),
  })
  await until(subscription.state, 'active')
  await stomp.messaging.send(topic.destination, 1)
  expect(await inbox.next()).toBe(1)
  network.down = true
  network.cut()
  await until(client.connection, 'waiting')
  for (let n = 2; n <= 20; n++) await stomp.messaging.send(topic.destination, n)
  network.down = false
  const rest = await inbox.take(5)
  const missed = rest[0]! - 2
  expect(rest.at(-1)).toBe(20)
  expect(subscription.state.getSnapshot()).toMatchObject({ recovered: false, missed, replaying: false })
  expect(missed).toBe(14)
  // Before any message has come.
  expect(activations.at(-1)).toMatchObject({ first: false, recovered: false, missed })
})

it('begins anew with a history that was reset', async () => {
  const options = () => retaining()
  const first = options()
  const { client: make, restart, current } = await site(first)
  const client = make()
  const inbox = new Inbox<string>()
  await client.connect()
  const subscription = client.subscribe<string>(topic, ({ body }) => inbox.put(body), { from: 'first' })
  await until(subscription.state, 'active')
  await client.send(topic, { body: 'old' })
  await client.send(topic, { body: 'older than new' })
  expect(await inbox.take(2)).toEqual(['old', 'older than new'])
  await restart(options())
  await current().messaging.send({ destination: topic.destination }, 'new')
  expect(await inbox.next()).toBe('new')
  expect(subscription.state.getSnapshot()).toMatchObject({
    kind: 'active',
    recovered: false,
    missed: undefined,
  })
})

it('continues after a reload of the page', async () => {
  const { client: make, stomp } = await site(retaining())
  const before = make()
  const inbox = new Inbox<number>()
  await before.connect()
  const subscription = before.subscribe<number>(topic, ({ body }) => inbox.put(body))
  await until(subscription.state, 'active')
  await stomp.messaging.send(topic.destination, 1)
  await inbox.next()
  const { position } = subscription
  await before.close()
  await stomp.messaging.send(topic.destination, 2)
  const after = make()
  await after.connect()
  after.subscribe<number>(topic, ({ body }) => inbox.put(body), { from: { after: position! } })
  expect(await inbox.next()).toBe(2)
})

it('has a message stored once, whose receipt was lost', async () => {
  const { client: make, network, stomp } = await site(retaining())
  const client = make()
  const witness = make()
  const inbox = new Inbox<unknown>()
  await client.connect()
  // Through another connection, which the network lets through.
  const stored = new Inbox<string>()
  const poll = async (): Promise<void> => {
    for (;;) {
      const page = await stomp.history!.page(topic.destination, { count: 10 })
      if (page.messages.length > 0) return stored.put('stored')
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  network.mute = true
  const sent = client.send(topic, { body: 'once' })
  await Promise.all([poll(), stored.next()])
  network.cut()
  network.mute = false
  await sent
  await witness.connect()
  witness.subscribe(topic, ({ body }) => inbox.put(body), { from: 'first' })
  await client.send(topic, { body: 'next' })
  expect(await inbox.take(2)).toEqual(['once', 'next'])
})

it('asks a handler of the server, and is told what is wrong', async () => {
  const Sum = z.object({ numbers: z.array(z.number()) })
  const messages = messageMap()
    .message('/sum', { body: Sum }, ({ body }) => ({ sum: body.numbers.reduce((a, b) => a + b, 0) }))
    .message('/rooms/{roomId}', {}, async ({ params }) => [params.roomId])
  type Routes = InferRoutes<typeof messages>
  const { client: make } = await site({ messages: [messages] })
  const client = make<Routes>()
  void client.connect()
  const { sum } = await client.request('/sum', { body: { numbers: [1, 2, 3] } })
  expect(sum).toBe(6)
  const [roomId] = await client.request('/rooms/{roomId}', { params: { roomId: '7' } })
  expect(roomId).toBe('7')
  const wrong = client.request('/sum', { body: { numbers: ['1'] as never } })
  await expect(wrong).rejects.toMatchObject({
    code: 'body-invalid',
    data: { issues: [{ path: ['numbers', 0] }] },
  })
  // @ts-expect-error not what the schema takes
  await expect(client.request('/sum', { body: { numbers: 1 } })).rejects.toMatchObject({
    code: 'body-invalid',
  })
})
