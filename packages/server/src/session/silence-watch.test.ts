import { expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'

const limits = { probeMs: 1000 }

test('a client without heart-beats that answers lives on', async () => {
  const { clock, connect } = serve({ limits })
  const client = await connect()
  for (let i = 1; i <= 10; i++) {
    await clock.advance(1000)
    expect(client.probes).toBe(i)
    client.answerProbe()
  }
  expect(client.gone).toBe(false)
})

test('a client without heart-beats that sends something lives on', async () => {
  const { clock, connect } = serve({ limits })
  const client = await connect()
  for (let i = 0; i < 10; i++) {
    await clock.advance(1000)
    client.receive('\n')
  }
  expect(client.gone).toBe(false)
})

test('a client without heart-beats that answers nothing is dead at the third question, not before', async () => {
  const { clock, connect, stomp } = serve({ limits })
  const ended = heard(stomp, 'disconnected')
  await connect()
  await clock.advance(2999)
  expect(ended).toEqual([])
  await clock.advance(1)
  expect(ended.map(({ reason }) => reason)).toEqual([DISCONNECTS.heartbeat])
})

test('a client that agreed to heart-beats is watched by those alone', async () => {
  const { clock, connect } = serve({ limits, heartbeat: { incomingMs: 10_000 } })
  const client = await connect({ 'heart-beat': '10000,0' })
  await clock.advance(9_000)
  expect(client.probes).toBe(0)
})

test('no timer is left when the last such session has ended', async () => {
  const { clock, connect } = serve({ limits })
  const [one, two] = [await connect(), await connect()]
  one.cut()
  expect(clock.pending).toBe(1)
  two.cut()
  expect(clock.pending).toBe(0)
})
