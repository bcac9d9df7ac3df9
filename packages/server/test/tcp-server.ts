import { expect, onTestFinished } from 'vitest'
import type { ServerEvents } from '../src/observe/events.js'
import type { StompServerOptions } from '../src/options.js'
import { createStompServer } from '../src/server.js'
import type { StompServer } from '../src/server.js'
import type { StompUser } from '../src/stomp-session.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import type { TcpOptions } from '../src/transport/tcp.js'

export interface TcpServer<User extends StompUser> {
  readonly stomp: StompServer<User>
  readonly clock: ManualClock
  readonly port: number
  /** Waits until an event has come so many times, counted from the server's start. */
  readonly until: (name: keyof ServerEvents<User>, count?: number) => Promise<void>
}

/** A server on a free port whose clock stands still. After the test, nothing of its sessions may be left. */
export async function serveTcp<User extends StompUser = StompUser>(
  options: StompServerOptions<User> = {},
  tcp: TcpOptions = {},
): Promise<TcpServer<User>> {
  const clock = new ManualClock()
  const stomp = createStompServer<User>({ clock, ...options })
  const failures: unknown[] = []
  stomp.events.on('failed', ({ error }) => failures.push(error))
  const { port } = await stomp.listenTcp({ port: 0, ...tcp })
  onTestFinished(async () => {
    await stomp.close()
    const { openSessions, openSubscriptions } = stomp.metrics
    expect({ openSessions, openSubscriptions, timers: clock.pending, failures }).toEqual({
      openSessions: 0,
      openSubscriptions: 0,
      timers: 0,
      failures: [],
    })
  })
  return { stomp, clock, port, until: counting(stomp) }
}

function counting<User extends StompUser>(stomp: StompServer<User>): TcpServer<User>['until'] {
  const counts = new Map<keyof ServerEvents<User>, number>()
  let waiting: { name: keyof ServerEvents<User>; count: number; resolve: () => void }[] = []
  for (const name of ['connected', 'disconnected', 'subscribed', 'refused'] as const) {
    stomp.events.on(name, () => {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      for (const one of waiting) if ((counts.get(one.name) ?? 0) >= one.count) one.resolve()
      waiting = waiting.filter((one) => (counts.get(one.name) ?? 0) < one.count)
    })
  }
  return (name, count = 1) =>
    (counts.get(name) ?? 0) >= count
      ? Promise.resolve()
      : new Promise((resolve) => waiting.push({ name, count, resolve }))
}
