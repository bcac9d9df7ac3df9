import { expect } from 'vitest'
import type { Player } from '../player.js'
import type { Stage } from '../stage.js'
import type { Received } from '../witness.js'

/** What is left of three messages when the client has acknowledged the second of them and gone. */
async function leftAfterAck({ queue, witness, open }: Stage, ack: 'client' | 'client-individual') {
  const { player } = await open()
  await player.connect()
  await player.subscribe(queue, { ack })
  for (const body of ['one', 'two', 'three']) await witness.send(queue, body)
  for (const expected of ['one', 'two', 'three']) expect((await player.nextMessage()).body).toBe(expected)
  await player.ack(1)
  await player.disconnect()
  return bodies(await witness.drain(queue))
}

function bodies(received: readonly Received[]): string[] {
  return received.map(({ body, headers }) => (headers['redelivered'] === 'true' ? `${body} again` : body))
}

async function subscribed({ queue, open }: Stage): Promise<Player> {
  const { player } = await open()
  await player.connect()
  await player.subscribe(queue, { ack: 'client-individual', headers: { 'prefetch-count': '2' } })
  return player
}

export const acknowledging = {
  async 'ack: client'(stage: Stage) {
    // STOMP 1.2 "SUBSCRIBE", client: cumulative
    expect(await leftAfterAck(stage, 'client')).toEqual(['three again'])
  },

  async 'ack: client-individual'(stage: Stage) {
    expect(await leftAfterAck(stage, 'client-individual')).toEqual(['one again', 'three again'])
  },

  async nack(stage: Stage) {
    const { queue, witness } = stage
    const player = await subscribed(stage)
    await witness.send(queue, 'refused once')
    expect((await player.nextMessage()).headers).not.toHaveProperty('redelivered')
    await player.nack(0)
    const { body, headers } = await player.nextMessage()
    expect(body).toBe('refused once')
    expect(headers['redelivered']).toBe('true')
    await player.ack(1)
    await player.disconnect()
    expect(await witness.drain(queue)).toEqual([])
  },

  async 'transaction of messages'({ queue, witness, open }: Stage) {
    const { player } = await open()
    await player.connect()
    await player.begin('kept')
    await player.send(queue, 'one', { transaction: 'kept' })
    await player.send(queue, 'two', { transaction: 'kept' })
    await player.send(queue, 'not in it')
    await player.commit('kept')
    await player.begin('given up')
    await player.send(queue, 'never', { transaction: 'given up' })
    await player.abort('given up')
    await player.disconnect()
    expect(bodies(await witness.drain(queue))).toEqual(['not in it', 'one', 'two'])
  },

  async 'transaction of acks'(stage: Stage) {
    const { queue, witness } = stage
    const player = await subscribed(stage)
    await witness.send(queue, 'given up')
    await witness.send(queue, 'acknowledged')
    await player.nextMessage()
    await player.nextMessage()
    await player.begin('given up')
    await player.ack(0, 'given up')
    await player.abort('given up')
    await player.begin('kept')
    await player.ack(1, 'kept')
    await player.commit('kept')
    await player.disconnect()
    expect(bodies(await witness.drain(queue))).toEqual(['given up again'])
  },
}
