import { expect } from 'vitest'
import type { Stage } from '../stage.js'

export const messages = {
  async send({ queue, witness, open }: Stage) {
    const { player } = await open()
    await player.connect()
    await player.send(queue, 'hello', { headers: { priority: 'high' } })
    await witness.subscribe(queue)
    const { body, headers } = await witness.next()
    expect(body).toBe('hello')
    expect(headers).toMatchObject({ destination: queue, priority: 'high' })
  },

  async 'subscribe, receive'({ queue, topic, witness, open }: Stage) {
    const { player } = await open()
    await player.connect()
    await witness.subscribe(queue)
    await player.subscribe(topic)
    // One session's frames are handled in order, so the subscription is active when this arrives.
    await player.send(queue, 'subscribed')
    await witness.next()
    for (const body of ['one', 'two', 'three']) await witness.send(topic, body, { priority: 'high' })
    for (const expected of ['one', 'two', 'three']) {
      const { body, headers } = await player.nextMessage()
      expect(body).toBe(expected)
      expect(headers).toMatchObject({ destination: topic, subscription: topic, priority: 'high' })
    }
  },

  async unsubscribe({ queue, topic, witness, open }: Stage) {
    const { player } = await open()
    await player.connect()
    await witness.subscribe(queue)
    await player.subscribe(`${topic}/left`)
    await player.subscribe(`${topic}/kept`)
    await player.unsubscribe(`${topic}/left`)
    await player.send(queue, 'unsubscribed')
    await witness.next()
    await witness.send(`${topic}/left`, 'missed')
    await witness.send(`${topic}/kept`, 'heard')
    expect((await player.nextMessage()).body).toBe('heard')
  },

  async receipt({ queue, witness, open }: Stage) {
    const { player, line } = await open()
    await player.connect()
    await player.sendWithReceipt(queue, 'taken')
    const asked = line.fromClient('SEND')!.headers.get('receipt')
    expect(asked).toBeDefined()
    // STOMP 1.2 "RECEIPT": receipt-id is the value of the receipt header of the frame
    expect(line.fromBroker('RECEIPT')!.headers.get('receipt-id')).toBe(asked)
    expect(await witness.drain(queue)).toMatchObject([{ body: 'taken' }])
  },

  async 'reply to a temporary queue'({ queue, witness, open }: Stage) {
    const { player } = await open()
    await player.connect()
    await witness.subscribe(queue)
    await player.subscribe('/temp-queue/replies')
    await player.send(queue, 'question', { headers: { 'reply-to': '/temp-queue/replies' } })
    const { headers } = await witness.next()
    await witness.send(headers['reply-to']!, 'answer')
    expect((await player.nextMessage()).body).toBe('answer')
  },
}
