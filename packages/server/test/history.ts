import { onTestFinished } from 'vitest'
import { memoryStore } from '../src/broker/history/memory-store.js'
import { allow } from '../src/messaging/permissions.js'
import type { StompServerOptions } from '../src/options.js'
import type { StompUser } from '../src/stomp-session.js'
import { serve } from './kit.js'
import type { TestServer } from './kit.js'

/** A destination that a server `withHistory` retains. */
export const TOPIC = '/topic/room/1'
export const HEADERS = ['x-stream-offset', 'x-stream-recovered', 'x-stream-last'] as const

/** A server that keeps `count` messages of each room, and lets clients send to topics. */
export function withHistory(options: StompServerOptions = {}, count = 100): TestServer<StompUser> {
  const server = serve({
    history: { store: memoryStore(), retain: [{ destination: '/topic/room/{id}', count }] },
    permissions: { send: [allow('/topic/**')] },
    ...options,
  })
  onTestFinished(() => server.stomp.close())
  return server
}

/** Publishes 1, 2, ... in `TOPIC`. */
export async function fill({ stomp }: TestServer<StompUser>, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await stomp.messaging.send(TOPIC, String(i))
}
