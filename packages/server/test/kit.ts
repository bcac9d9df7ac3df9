import { expect, onTestFinished } from 'vitest'
import type { Frame } from '@stomping-ground/codec'
import { allow } from '../src/messaging/permissions.js'
import { createStompServer } from '../src/server.js'
import type { StompServer } from '../src/server.js'
import type { StompServerOptions } from '../src/options.js'
import type { ServerEvents } from '../src/observe/events.js'
import type { StompUser } from '../src/stomp-session.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import { MemoryClient } from '../src/testing/memory-client.js'
import type { MemoryClientOptions } from '../src/testing/memory-client.js'

export interface TestServer<User extends StompUser> {
  readonly stomp: StompServer<User>
  readonly clock: ManualClock
  /** A connection that has sent nothing yet. */
  readonly open: (options?: MemoryClientOptions) => MemoryClient
  /** A client that has got its CONNECTED. */
  readonly connect: (headers?: Readonly<Record<string, string>>) => Promise<MemoryClient>
}

/**
 * A server in memory whose clock stands still. Everyone may subscribe to topics and queues, unless the test says who. After
 * the test, nothing of its sessions may be left.
 */
export function serve<User extends StompUser = StompUser>(
  options: StompServerOptions<User> = {},
): TestServer<User> {
  const clock = new ManualClock()
  const stomp = createStompServer<User>({
    clock,
    ...options,
    permissions: { subscribe: [allow('/topic/**'), allow('/queue/**')], ...options.permissions },
  })
  const clients: MemoryClient[] = []
  const accept: typeof stomp.accept = (connection) => {
    clients.push(connection as MemoryClient)
    return stomp.accept(connection)
  }
  onTestFinished(async () => {
    for (const client of clients) client.cut()
    // A session may take as long to carry out what its connection brought, and a handler to come to an end.
    await clock.advance(stomp.limits.closeMs)
    await clock.advance(stomp.limits.handlerMs)
    const { openSessions, openSubscriptions } = stomp.metrics
    expect({ openSessions, openSubscriptions, timers: clock.pending }).toEqual({
      openSessions: 0,
      openSubscriptions: 0,
      timers: 0,
    })
  })
  return {
    stomp,
    clock,
    open: (of) => new MemoryClient(accept, of),
    connect: (headers) => MemoryClient.connected(accept, headers),
  }
}

/** Everything that is emitted under a name from now on. */
export function heard<User extends StompUser, Name extends keyof ServerEvents<User>>(
  stomp: StompServer<User>,
  name: Name,
): ServerEvents<User>[Name][] {
  const events: ServerEvents<User>[Name][] = []
  stomp.events.on(name, (event) => events.push(event))
  return events
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: unknown) => void
} {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((one, other) => {
    resolve = one
    reject = other
  })
  return { promise, resolve, reject }
}

/** The headers of a frame as an object, or nothing where there is no frame. */
export function headersOf(frame: Frame | undefined): Record<string, string> | undefined {
  return frame === undefined ? undefined : { ...frame.headers.toObject() }
}
