import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TOPIC, withHistory } from '../test/history.js'
import { SlowStore } from '../test/slow-store.js'
import { destination, unretained } from './contract.js'
import { messageMap } from './messaging/message-map.js'

describe('SEND to a retained destination', () => {
  test('has its RECEIPT, and is delivered, when the store has it; what the session sends next waits', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const [sender, other] = [await server.connect(), await server.connect()]
    await other.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    await other.ask('SUBSCRIBE', { id: '2', destination: '/topic/other' })
    sender.send('SEND', { destination: TOPIC, receipt: 'one' }, 'one')
    sender.send('SEND', { destination: '/topic/other', receipt: 'two' }, 'two')
    expect([await sender.frames(), await other.frames()]).toEqual([[], []])
    answers.shift()!()
    expect(await sender.frames('receipt-id')).toEqual(['RECEIPT receipt-id=one', 'RECEIPT receipt-id=two'])
    expect(await other.frames()).toEqual(['MESSAGE | one', 'MESSAGE | two'])
  })

  test('cannot forge its place', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    client.send('SEND', { destination: TOPIC, 'x-stream-offset': '99', 'x-stream-epoch': 'mine' }, 'x')
    client.send('SEND', { destination: '/topic/other', 'x-stream-offset': '99' }, 'x')
    const { epoch } = await server.stomp.history!.page(TOPIC, { count: 1 })
    expect(await client.frames('x-stream-offset', 'x-stream-epoch')).toEqual([
      `MESSAGE x-stream-offset=1 x-stream-epoch=${epoch} | x`,
    ])
  })

  test('with an x-message-id that the destination has is stored once, and has its RECEIPT again', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    for (const receipt of ['one', 'two']) {
      client.send('SEND', { destination: TOPIC, 'x-message-id': 'abc', receipt }, 'x')
    }
    expect(await client.frames('x-message-id', 'receipt-id')).toEqual([
      'MESSAGE x-message-id=abc | x',
      'RECEIPT receipt-id=one',
      'RECEIPT receipt-id=two',
    ])
    expect(server.stomp.metrics).toMatchObject({ historyMessages: 1, historyRepeated: 1 })
  })

  test('takes an x-message-id of 128 characters, and none of 129, and no empty one', async () => {
    const server = withHistory()
    for (const [length, command] of [
      [128, 'RECEIPT'],
      [129, 'ERROR'],
      [0, 'ERROR'],
    ] as const) {
      const client = await server.connect()
      const answer = await client.ask('SEND', { destination: TOPIC, 'x-message-id': 'x'.repeat(length) })
      expect(answer.command).toBe(command)
    }
  })
})

describe('a message that is not retained', () => {
  const room = destination('/topic/room/{id}', z.string())

  test('comes in its place among the others, without an offset, and is not replayed', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    const { messaging } = server.stomp
    const sent = [
      messaging.send(TOPIC, 'one'),
      messaging.send(TOPIC, 'enter', { retain: false }),
      messaging.send(unretained(room.to({ id: '1' })), 'leave'),
      messaging.send(TOPIC, 'two'),
    ]
    while (answers.length > 0) answers.shift()!()
    await Promise.all(sent.map((one) => Promise.resolve(one)))
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE | enter',
      'MESSAGE | "leave"',
      'MESSAGE x-stream-offset=2 | two',
    ])
    client.send('SUBSCRIBE', { id: '2', destination: TOPIC, 'x-stream-offset': 'first' })
    await client.frames()
    while (answers.length > 0) answers.shift()!()
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE x-stream-offset=2 | two',
    ])
  })

  test('is what a handler says it is', async () => {
    const maps = messageMap().message(
      '/room/{id}',
      { body: z.string(), sendTo: ({ id }) => unretained(room.to({ id })) },
      ({ body }) => body,
    )
    const server = withHistory({ messages: [maps] })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    client.send('SEND', { destination: '/app/room/1' }, '"x"')
    expect(await client.frames('x-stream-offset')).toEqual(['MESSAGE | "x"'])
    expect((await server.stomp.history!.page(TOPIC, { count: 10 })).messages).toEqual([])
  })
})

describe('COMMIT', () => {
  test('has its RECEIPT when what it sends to retained destinations is stored, and all of it comes in order', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/other' })
    await client.ask('SUBSCRIBE', { id: '2', destination: TOPIC })
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'one')
    client.send('SEND', { destination: '/topic/other', transaction: 't' }, 'two')
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'three')
    client.send('COMMIT', { transaction: 't', receipt: 'r' })
    expect(await client.frames()).toEqual([])
    expect(answers).toHaveLength(1)
    answers.shift()!()
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE | two',
      'MESSAGE x-stream-offset=2 | three',
      'RECEIPT',
    ])
  })

  test('stores nothing where a part of it is refused', async () => {
    const server = withHistory()
    const client = await server.connect({ 'x-error-mode': 'keep' })
    await client.ask('SUBSCRIBE', { id: 'q', destination: '/queue/a', ack: 'client' })
    await server.stomp.messaging.send('/queue/a', 'x')
    const id = (await client.next())!.headers.get('ack')!
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'one')
    client.send('ACK', { id, transaction: 't' })
    client.send('ACK', { id })
    client.send('COMMIT', { transaction: 't', receipt: 'r' })
    expect(await client.frames('code')).toEqual([expect.stringMatching(/^ERROR code=ack-unknown/)])
    expect((await server.stomp.history!.page(TOPIC, { count: 10 })).last).toBe(0)
  })
})
