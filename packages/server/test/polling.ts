import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { allow } from '../src/messaging/permissions.js'
import type { StompServerOptions } from '../src/options.js'
import { createStompServer } from '../src/server.js'
import type { AttachOptions, StompServer } from '../src/server.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import { ask } from './http.js'
import { newSession, until } from './sockjs.js'

export interface PollingSite {
  readonly stomp: StompServer
  readonly clock: ManualClock
  readonly http: Server
  readonly port: number
  /** A session over polls; nothing of STOMP has been said yet. */
  readonly open: () => Promise<Polling>
  /** Resolves when one more request has come in. */
  readonly request: () => Promise<void>
}

/** A STOMP server with SockJS at /stomp, and a clock that stands still. After the test, nothing of its sessions may be left. */
export async function servePolling(
  options: StompServerOptions = {},
  sockjs: AttachOptions['sockjs'] = true,
): Promise<PollingSite> {
  const clock = new ManualClock()
  const stomp = createStompServer({
    clock,
    permissions: { send: [allow('/topic/**')] },
    ...options,
  })
  const http = createServer()
  stomp.attach(http, { path: '/stomp', ...(sockjs === undefined ? {} : { sockjs }) })
  let requests = 0
  const emit = http.emit.bind(http) as (event: string, ...args: unknown[]) => boolean
  http.emit = (event: string, ...args: unknown[]) => {
    const emitted = emit(event, ...args)
    if (event === 'request') requests++
    return emitted
  }
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  onTestFinished(async () => {
    const closed = stomp.close()
    http.closeAllConnections()
    http.close()
    await clock.advance(60_000)
    await closed
    expect({ open: stomp.metrics.openSessions, timers: clock.pending }).toEqual({ open: 0, timers: 0 })
  })
  return {
    stomp,
    clock,
    http,
    port,
    async open() {
      const polling = new Polling(port, `/stomp${newSession()}`)
      await polling.poll()
      return polling
    },
    async request() {
      const before = requests
      await until(() => requests > before)
    },
  }
}

/** A client that polls, by one request at a time. */
export class Polling {
  readonly port: number
  readonly path: string

  constructor(port: number, path: string) {
    this.port = port
    this.path = path
  }

  async poll(): Promise<string> {
    return (await ask(this.port, 'POST', `${this.path}/xhr`)).body
  }

  /** The frames of the next answer. */
  async frames(): Promise<string[]> {
    return JSON.parse((await this.poll()).slice(1)) as string[]
  }

  async send(...frames: string[]): Promise<number> {
    return (await ask(this.port, 'POST', `${this.path}/xhr_send`, { body: JSON.stringify(frames) })).status
  }

  async connect(headers = ''): Promise<this> {
    await this.send(`CONNECT\naccept-version:1.2\nhost:x\n${headers}\n\0`)
    const frames = await this.frames()
    if (frames.length !== 1 || !frames[0]!.startsWith('CONNECTED\n')) throw new Error(String(frames))
    return this
  }

  async subscribe(destination: string): Promise<void> {
    await this.send(`SUBSCRIBE\nid:0\ndestination:${destination}\nreceipt:r\n\n\0`)
    const frames = await this.frames()
    if (String(frames) !== 'RECEIPT\nreceipt-id:r\n\n\0') throw new Error(String(frames))
  }
}
