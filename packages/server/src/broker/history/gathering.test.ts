import * as fc from 'fast-check'
import { encodeFrame, StompHeaders, utf8Encode } from '@stomping-ground/codec'
import { describe, expect, onTestFinished, test } from 'vitest'
import { deferred, serve } from '../../../test/kit.js'
import type { TestServer } from '../../../test/kit.js'
import { SlowStore } from '../../../test/slow-store.js'
import { messageMap } from '../../messaging/message-map.js'
import { allow, rule } from '../../messaging/permissions.js'
import type { StompServerOptions } from '../../options.js'
import { createStompServer } from '../../server.js'
import type { StompUser } from '../../stomp-session.js'
import { MemoryClient } from '../../testing/memory-client.js'
import { ManualClock, turn } from '../../testing/manual-clock.js'

const TOPIC = '/topic/kept/a'
const RETAIN = [{ destination: '/topic/kept/*', count: 1_000 }]
const ALL = { count: 1_000, bytes: 1e9 }

interface SlowServer extends TestServer<StompUser> {
  readonly store: SlowStore
  readonly answers: (() => void)[]
  readonly kept: () => Promise<string[]>
}

/** A server whose store has shown that it takes its time, and which answers when it is told to. */
async function slow(options: StompServerOptions = {}): Promise<SlowServer> {
  const answers: (() => void)[] = []
  let atOnce = true
  const store = new SlowStore((answer) => void (atOnce ? answer() : answers.push(answer)))
  const server = serve({
    history: { store, retain: RETAIN },
    permissions: { send: [allow('/topic/**')] },
    ...options,
  })
  onTestFinished(async () => {
    atOnce = true
    for (const answer of answers) answer()
    await server.stomp.close()
  })
  await server.stomp.messaging.send('/topic/kept/first', 'x')
  atOnce = false
  const kept = async (): Promise<string[]> => {
    atOnce = true
    const bodies = (await store.read(TOPIC, 1, ALL)).map(({ body }) => Buffer.from(body).toString())
    atOnce = false
    return bodies
  }
  return { ...server, store, answers, kept }
}

const send = (body: string, besides = {}): [string, string, Record<string, string>] => [TOPIC, body, besides]

/** Sends in one turn, each with its body as its receipt. */
function sendAll(client: MemoryClient, all: readonly [string, string, Record<string, string>][]): void {
  for (const [destination, body, besides] of all) {
    client.send('SEND', { destination, receipt: body.slice(0, 20), ...besides }, body)
  }
}

describe('SENDs of one session to retained destinations that come together', () => {
  test('are one call of the store, and have their RECEIPTs in order when that is done', async () => {
    const { connect, answers, kept } = await slow()
    const [client, other] = [await connect(), await connect()]
    await other.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    sendAll(client, [send('one'), send('two'), ['/topic/kept/b', 'three', {}], send('four')])
    expect(await client.frames()).toEqual([])
    expect(answers).toHaveLength(1)
    answers.shift()!()
    const receipts = ['one', 'two', 'three', 'four'].map((id) => `RECEIPT receipt-id=${id}`)
    expect(await client.frames('receipt-id')).toEqual(receipts)
    expect(await other.frames()).toEqual(['MESSAGE | one', 'MESSAGE | two', 'MESSAGE | four'])
    expect(await kept()).toEqual(['one', 'two', 'four'])
  })

  test('are refused together: one ERROR, nothing is kept, and nothing behind them is carried out', async () => {
    const { connect, store, answers, kept } = await slow()
    const [client, other] = [await connect(), await connect()]
    await other.ask('SUBSCRIBE', { id: '1', destination: '/topic/**' })
    sendAll(client, [send('one'), send('two'), ['/topic/other', 'three', {}], send('four')])
    await turn()
    store.broken = new Error('the disk is full')
    answers.shift()!()
    await turn()
    store.broken = undefined
    expect(await client.frames('code', 'receipt-id')).toEqual([
      expect.stringMatching(/^ERROR code=history-unavailable receipt-id=one /),
    ])
    expect(client.closeReason?.name).toBe('refused')
    expect(await other.frames()).toEqual([])
    expect(answers).toEqual([])
    expect(await kept()).toEqual([])
  })

  test('have an ERROR each where the session goes on, and so does what follows', async () => {
    const { connect, store, answers } = await slow()
    const client = await connect({ 'x-error-mode': 'keep' })
    sendAll(client, [send('one'), send('two'), ['/topic/other', 'three', {}]])
    await turn()
    store.broken = new Error('the disk is full')
    answers.shift()!()
    expect(await client.frames('receipt-id')).toEqual([
      expect.stringMatching(/^ERROR receipt-id=one /),
      expect.stringMatching(/^ERROR receipt-id=two /),
      'RECEIPT receipt-id=three',
    ])
  })

  test.each([
    ['a SEND that is refused by itself', send('bad', { 'x-message-id': '' })],
    ['a SEND that is not permitted', ['/queue/secret', 'bad', {}] as const],
  ])('are done before %s, whose ERROR comes behind their RECEIPTs', async (_, bad) => {
    const { connect, answers, kept } = await slow()
    const client = await connect()
    sendAll(client, [send('one'), send('two'), [...bad] as ReturnType<typeof send>, send('three')])
    expect(await client.frames()).toEqual([])
    answers.shift()!()
    expect(await client.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=one',
      'RECEIPT receipt-id=two',
      expect.stringMatching(/^ERROR receipt-id=bad /),
    ])
    expect(await kept()).toEqual(['one', 'two'])
  })

  test('are done before a malformed frame is told of', async () => {
    const { connect, answers } = await slow()
    const client = await connect()
    sendAll(client, [send('one')])
    client.receive('JUNK\n\n\0')
    expect(await client.frames()).toEqual([])
    answers.shift()!()
    expect(await client.frames('code')).toEqual(['RECEIPT', expect.stringMatching(/^ERROR code=/)])
  })

  test('are not those of a transaction, or of an application that looks at frames', async () => {
    const { connect, answers, kept } = await slow()
    const client = await connect()
    sendAll(client, [send('one')])
    client.send('BEGIN', { transaction: 't' })
    sendAll(client, [send('two', { transaction: 't' }), send('three')])
    client.send('COMMIT', { transaction: 't' })
    const left = (): number => answers.length
    for (const after of [1, 1, 1]) {
      await turn()
      expect(left()).toBe(after)
      answers.shift()!()
    }
    await turn()
    expect(await kept()).toEqual(['one', 'three', 'two'])
    const looking = await slow({ interceptors: [{ inbound: () => {} }] })
    const looked = await looking.connect()
    sendAll(looked, [send('one'), send('two')])
    await turn()
    looking.answers.shift()!()
    expect(await looked.frames('receipt-id')).toEqual(['RECEIPT receipt-id=one'])
  })

  test('are 256 KiB and one more at most', async () => {
    const { connect, answers } = await slow()
    const client = await connect()
    const quarter = (name: string): ReturnType<typeof send> => send(`${name} `.padEnd(65_536))
    sendAll(
      client,
      ['a', 'b', 'c', 'd', 'e'].map((name) => quarter(name)),
    )
    await turn()
    answers.shift()!()
    expect(await client.frames()).toHaveLength(4)
    answers.shift()!()
    expect(await client.frames()).toHaveLength(1)
  })

  test('are kept when the connection is cut meanwhile', async () => {
    const { connect, answers, kept } = await slow()
    const client = await connect()
    sendAll(client, [send('one'), send('two')])
    await turn()
    client.cut()
    answers.shift()!()
    await turn()
    expect(await kept()).toEqual(['one', 'two'])
  })

  test.each([false, true])(
    'wait for a rule that takes its time, and what it lets through is not kept where those before are refused: %s',
    async (refused) => {
      const decision = deferred<boolean>()
      const decide = rule('/topic/kept/slow', () => decision.promise)
      const { connect, answers, store, kept, stomp } = await slow({
        permissions: { send: [decide, allow('/topic/**')] },
      })
      const client = await connect()
      sendAll(client, [send('one'), ['/topic/kept/slow', 'two', {}], send('three')])
      await turn()
      expect(answers).toHaveLength(1)
      if (refused) store.broken = new Error('the disk is full')
      answers.shift()!()
      await turn()
      store.broken = undefined
      decision.resolve(true)
      await turn()
      while (answers.length > 0) {
        answers.shift()!()
        await turn()
      }
      const frames = await client.frames('receipt-id')
      expect(frames.map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(
        refused ? ['ERROR receipt-id=one'] : ['one', 'two', 'three'].map((id) => `RECEIPT receipt-id=${id}`),
      )
      expect(await kept()).toEqual(refused ? [] : ['one', 'three'])
      expect(stomp.metrics.openSessions).toBe(refused ? 0 : 1)
    },
  )
})

/** One frame of a client: its destination says what becomes of it. */
const frame = fc.oneof(
  { weight: 3, arbitrary: fc.constant('/topic/kept/a') },
  fc.constantFrom(
    '/topic/kept/b',
    '/topic/kept/slow',
    '/topic/other',
    '/app/work',
    '/queue/denied',
    'bad-id',
  ),
)

test('whatever a session sends and the store does, answers come in order, and what is kept is what has a RECEIPT', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(frame, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6, size: 'max' }),
      fc.infiniteStream(fc.record({ broken: fc.nat(7), early: fc.boolean() })),
      fc.boolean(),
      async (chunks, moves, keep) => {
        const later: (() => void)[] = []
        const store = new SlowStore((answer) => later.push(answer))
        const slowly = (): Promise<boolean> => new Promise((resolve) => later.push(() => resolve(true)))
        const stomp = createStompServer({
          clock: new ManualClock(),
          history: { store, retain: RETAIN },
          permissions: { send: [rule('/topic/kept/slow', slowly), allow('/topic/**')] },
          messages: [messageMap().message('/work', {}, async () => void (await slowly()))],
        })
        const step = async (): Promise<void> => {
          const { broken } = moves.next().value
          store.broken = broken === 0 ? new Error('the disk is full') : undefined
          later.shift()?.()
          await turn()
        }
        const mode: Record<string, string> = keep ? { 'x-error-mode': 'keep' } : {}
        const client = await MemoryClient.connected(stomp.accept, mode)
        let number = 0
        const sent: string[] = []
        for (const chunk of chunks) {
          const frames = chunk.map((destination) => {
            const receipt = String(number++)
            sent.push(destination)
            const headers = StompHeaders.from({
              destination: destination === 'bad-id' ? TOPIC : destination,
              receipt,
              'x-message-id': destination === 'bad-id' ? '' : `id-${receipt}`,
            })
            return encodeFrame({ command: 'SEND', headers, body: utf8Encode(receipt) }, '1.2')
          })
          client.receive(Buffer.concat(frames))
          if (moves.next().value.early) await step()
        }
        await turn()
        while (later.length > 0) await step()
        const answered = (await client.frames('receipt-id')).map((one) => one.split(' '))
        // In order, none left out; without `keep` the first ERROR is the last word.
        expect(answered.map(([, id]) => id)).toEqual(answered.map((_, i) => `receipt-id=${i}`))
        const errors = answered.filter(([command]) => command === 'ERROR')
        const whole = keep || errors.length === 0
        expect(whole ? answered.length : errors).toEqual(whole ? sent.length : [answered.at(-1)])
        store.broken = undefined
        for (const topic of ['/topic/kept/a', '/topic/kept/b', '/topic/kept/slow']) {
          const reading = store.read(topic, 1, ALL)
          later.shift()!()
          const kept = (await reading).map(({ body }) => Number(Buffer.from(body).toString()))
          const confirmed = answered.flatMap(([command], i) =>
            command === 'RECEIPT' && sent[i] === topic ? [i] : [],
          )
          expect(kept).toEqual(confirmed)
        }
        client.cut()
        await stomp.close()
      },
    ),
    { numRuns: 300 },
  )
})
