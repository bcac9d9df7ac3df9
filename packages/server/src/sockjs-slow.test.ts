import { expect, test } from 'vitest'
import { servePolling } from '../test/polling.js'
import { turn } from './testing/manual-clock.js'

const price = (frame: string): string => frame.slice(frame.indexOf('\n\n') + 2, -1)

test('between two polls one message of each key waits: the newest', async () => {
  const { open, stomp, clock } = await servePolling({
    slowConsumers: [{ destination: '/topic/ticks', policy: 'keep-latest', key: 'symbol' }],
  })
  const polling = await (await open()).connect()
  await polling.subscribe('/topic/ticks')
  const tick = async (symbol: string, serial: number): Promise<void> =>
    stomp.messaging.send('/topic/ticks', `${symbol}${serial}`, { headers: { symbol } })
  // By this write the session hears that no request receives.
  await tick('A', 0)
  await turn()
  for (let serial = 1; serial <= 300; serial++) await tick('ABC'[serial % 3]!, serial)
  expect((await polling.frames()).map(price)).toEqual(['A0', 'B298', 'C299', 'A300'])
  expect(stomp.metrics.waitingBytes).toBe(0)
  expect(stomp.metrics.slowDrops.get('/topic/ticks')).toBe(297)
  await clock.advance(1_000)
})
