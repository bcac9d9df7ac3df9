import { expect, test } from 'vitest'
import { fuzz } from './fuzz.js'

// `npm run fuzz` goes on for as long as it is told to, and looks at the heap too.
test('a few thousand inputs, the same each time, harm nobody and reach what they are meant to', async () => {
  const { server, decoderErrors } = await fuzz({ inputs: 20_000, seed: 20_260_101 })
  const { metrics } = server.ground.stomp
  expect([...server.answers.keys()].toSorted()).toEqual(['CONNECTED', 'ERROR', 'MESSAGE', 'RECEIPT'])
  expect([...metrics.disconnects.keys()]).toEqual(
    expect.arrayContaining(['client', 'heartbeat', 'lost', 'refused', 'slow']),
  )
  const limits = [
    'frame-too-large',
    'queue-full',
    'too-many-connections',
    'too-many-headers',
    'too-many-queues',
  ]
  const wrongs = [
    'header-invalid',
    'refused-here',
    'ack-unknown',
    'connect-repeated',
    'permission-denied',
    'refused-later',
    'transaction-unknown',
  ]
  expect([...limits, ...wrongs].filter((code) => !metrics.refusals.has(code))).toEqual([])
  expect(metrics.slowDrops.size).toBeGreaterThan(0)
  expect(metrics.historyReplayed).toBeGreaterThan(0)
  expect([...metrics.drops.keys()].toSorted()).toEqual(['dead-letter-failed', 'dead-lettered', 'expired'])
  expect([...decoderErrors.keys()]).toEqual(expect.arrayContaining(['command-unknown', 'frame-too-large']))
}, 60_000)

test('nor do they where the broker behind takes its time, and fails', async () => {
  const { server } = await fuzz({ inputs: 10_000, seed: 20_260_101, broker: 'late' })
  const { metrics } = server.ground.stomp
  expect([...server.answers.keys()].toSorted()).toEqual(['CONNECTED', 'ERROR', 'MESSAGE', 'RECEIPT'])
  expect(metrics.refusals.get('broker-unavailable')).toBeGreaterThan(0)
  expect(metrics.historyReplayed).toBeGreaterThan(0)
}, 60_000)
