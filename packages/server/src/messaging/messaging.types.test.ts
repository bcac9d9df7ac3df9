import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination, userDestination } from '../contract.js'
import type { TestClient } from '../testing/test-client.js'
import type { Messaging } from './messaging.js'

const prices = destination('/topic/prices/{symbol}', z.object({ price: z.number() }))
const errors = userDestination('/queue/errors', z.object({ code: z.string() }))
const messaging = null as unknown as Messaging
const client = null as unknown as TestClient

test('what is sent to an address is what it holds', () => {
  expectTypeOf(() => messaging.send(prices.to({ symbol: 'A' }), { price: 42 }))
  expectTypeOf(() => messaging.send('/topic/prices/A', { price: '42' }))
  expectTypeOf(() => messaging.sendToUser('ann', errors.to({}), { code: 'x' }))
  expectTypeOf(() => messaging.sendToUser('ann', '/queue/errors', 42))
  // @ts-expect-error what is sent to a user is not sent to everyone
  expectTypeOf(() => messaging.send(errors.to({}), { code: 'x' }))
  // @ts-expect-error there is nothing to send
  expectTypeOf(() => messaging.send(prices.to({ symbol: 'A' })))
})

test('of a wrong payload the compiler says what is wrong with it, where it stands', () => {
  const [price, code] = [prices.to({ symbol: 'A' }), errors.to({})]
  expectTypeOf(() =>
    messaging.send(price, {
      // @ts-expect-error no number
      price: '42',
    }),
  )
  expectTypeOf(() =>
    messaging.sendToUser('ann', code, {
      // @ts-expect-error no such member
      reason: 'x',
    }),
  )
  expectTypeOf(() =>
    client.send(price, {
      // @ts-expect-error no number
      price: '42',
    }),
  )
})
