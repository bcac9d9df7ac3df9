import { expect } from 'vitest'
import { Player } from '../player.js'
import type { Stage } from '../stage.js'

export const sessions = {
  async connect({ open }: Stage) {
    const { player, line } = await open()
    const { session } = await player.connect()
    const connected = line.fromBroker('CONNECTED')!
    expect(connected.headers.get('user-name')).toBe(Player.login)
    // Where the library shows it.
    if (session !== undefined) expect(session).toBe(connected.headers.get('session'))
  },

  async versions({ client, queue, open }: Stage) {
    for (const version of client.versions) {
      const { player, line } = await open()
      await player.connect({ version })
      expect(line.fromBroker('CONNECTED')!.headers.get('version')).toBe(version)
      await player.subscribe(queue, { ack: 'client' })
      await player.send(queue, `in ${version}`)
      const { body, headers } = await player.nextMessage()
      expect(body).toBe(`in ${version}`)
      // STOMP 1.2 "MESSAGE": the ack header, which is new in 1.2
      expect('ack' in headers).toBe(version === '1.2')
      await player.ack(0)
      await player.disconnect()
    }
    return client.versions.join(', ')
  },

  async 'heart-beat'({ queue, open }: Stage) {
    const { player, line } = await open()
    await player.connect({ heartbeat: [1_000, 1_000] })
    await player.subscribe(queue)
    // The broker agrees to one in 10 s each way, and cuts a client of which it has heard nothing for twice as long.
    await line.heartbeats(2)
    await player.send(queue, 'still here')
    expect((await player.nextMessage()).body).toBe('still here')
  },

  async error({ open }: Stage) {
    const { player, line } = await open()
    await player.connect()
    await player.send('/elsewhere', 'refused')
    const { error } = await player.next()
    expect(error?.message).toBe('This session may not send to /elsewhere.')
    // STOMP 1.2 "ERROR": the server MUST then close the connection
    await line.brokerEnded()
  },

  async reconnect({ client, queue, witness, open }: Stage) {
    const { player, line } = await open()
    await player.connect({ recover: true })
    await player.subscribe(queue, { ack: 'client-individual' })
    await witness.send(queue, 'before')
    expect((await player.nextMessage()).body).toBe('before')
    line.cut()
    await witness.send(queue, 'after')
    const again = await player.nextMessage()
    expect(again).toMatchObject({ body: 'before', headers: { redelivered: 'true' } })
    expect((await player.nextMessage()).body).toBe('after')
    return client.reconnects
  },

  async disconnect({ queue, witness, open }: Stage) {
    const { player, line } = await open()
    await player.connect()
    await player.subscribe(queue, { ack: 'client' })
    await witness.send(queue, 'not acknowledged')
    await player.nextMessage()
    await player.disconnect()
    const { headers } = line.fromClient('DISCONNECT')!
    // STOMP 1.2 "DISCONNECT": a client that asks for a receipt knows that all it has sent before was handled
    const answer = line.fromBroker('RECEIPT')?.headers.get('receipt-id')
    expect(answer).toBe(headers.get('receipt'))
    expect(line.fromBroker('ERROR')).toBeUndefined()
    const [left] = await witness.drain(queue)
    expect(left).toMatchObject({ body: 'not acknowledged', headers: { redelivered: 'true' } })
  },
}
