/**
 * What tests of an application need: a client of a server in the same process, a clock that is moved by hand, and the
 * suite that every broker passes. No test runner is needed, and any will do.
 *
 * @module
 */
import type { Accept } from '../transport/connection.js'
import { TestClient } from './test-client.js'
import type { TestClientOptions } from './test-client.js'

export { brokerContract } from './broker-contract.js'
export type { ContractOptions, MakeBroker, Runner } from './broker-contract.js'
export { historyStoreContract } from './history-store-contract.js'
export type { MakeStore } from './history-store-contract.js'
export { ManualClock } from './manual-clock.js'
export { MemoryClient } from './memory-client.js'
export type { MemoryClientOptions } from './memory-client.js'
export type {
  TestClient,
  TestClientOptions,
  TestMessage,
  TestSendOptions,
  TestSubscribeOptions,
  TestSubscription,
} from './test-client.js'

/**
 * Connects a client to a server, without a socket between them.
 *
 * ```ts
 * const client = await connect(stomp, { login: 'ann' })
 * const room = await client.subscribe(roomTopic.to({ roomId: '7' }))
 * await client.send('/app/rooms/7/messages', { text: 'Hello' })
 * assert.deepEqual((await room.receive()).body, { from: 'ann', text: 'Hello' })
 * ```
 *
 * @param stomp the server, or anything else that accepts connections
 * @throws StompError with the server's code when it does not let the client in
 */
export function connect(
  stomp: { readonly accept: Accept },
  options: TestClientOptions = {},
): Promise<TestClient> {
  return TestClient.connect(stomp, options)
}
