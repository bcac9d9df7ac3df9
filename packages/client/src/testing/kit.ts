import { expect, onTestFinished } from 'vitest'
import type { RouteTypes } from 'stomping-ground/contract'
import { ManualClock } from 'stomping-ground/testing'
import type { Client } from '../client.js'
import type { Headers } from '../link.js'
import type { ClientOptions } from '../options.js'
import { settingsOf } from '../settings.js'
import { StompClient } from '../stomp-client.js'
import { FakeLink } from './fake-link.js'

export interface Playground {
  readonly client: Client<AnyRoutes>
  readonly clock: ManualClock
  /** All sessions and attempts so far. */
  readonly links: FakeLink[]
  /** The newest of them. */
  readonly link: () => FakeLink
  readonly errors: unknown[]
  /** What the browser tells. */
  readonly network: { up: boolean; wake: () => void; lost: () => void }
  /** Asks for the headers of CONNECT, as a link does. */
  readonly connectHeaders: () => Promise<Headers>
}

/** Any pattern, any body. */
interface AnyRoutes extends RouteTypes {
  readonly message: Readonly<Record<string, { readonly body: unknown; readonly reply: unknown }>>
}

/** A client whose server, clock and network the test plays. The widest wait is always taken. */
export function play(options: Partial<ClientOptions> = {}): Playground {
  const clock = new ManualClock()
  const links: FakeLink[] = []
  const errors: unknown[] = []
  const network = { up: true, wake: () => {}, lost: () => {} }
  let connectHeaders: () => Promise<Headers> = async () => ({})
  const settings = settingsOf({
    url: 'ws://test/',
    WebSocket: Object as never,
    clock,
    random: () => 1,
    onError: (error) => errors.push(error),
    surroundings: {
      hasNetwork: () => network.up,
      watch({ wake, networkLost }) {
        Object.assign(network, { wake, lost: networkLost })
        return () => Object.assign(network, { wake: () => {}, lost: () => {} })
      },
    },
    ...options,
  })
  const client = new StompClient(settings, (headers) => {
    connectHeaders = headers
    return (events) => {
      const link = new FakeLink(events)
      link.heardAt = clock.now()
      links.push(link)
      return link
    }
  })
  onTestFinished(async () => {
    await client.close()
    expect({ timers: clock.pending, load: client.outgoing.getSnapshot() }).toEqual({
      timers: 0,
      load: { messages: 0, bytes: 0 },
    })
  })
  return {
    client: client as unknown as Client<AnyRoutes>,
    clock,
    links,
    link: () => links.at(-1)!,
    errors,
    network,
    connectHeaders: () => connectHeaders(),
  }
}

/** The same, in a session. */
export function playing(options: Partial<ClientOptions> = {}): Playground {
  const playground = play(options)
  void playground.client.connect()
  playground.link().open()
  return playground
}

/** How a promise ended: the code of its error, or `done`. */
export function outcome(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
}

/** What the state of something is called, each time it changes. */
export function kinds(observable: {
  getSnapshot(): { readonly kind: string }
  subscribe(listener: () => void): unknown
}): string[] {
  const seen = [observable.getSnapshot().kind]
  observable.subscribe(() => seen.push(observable.getSnapshot().kind))
  return seen
}
