import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { ManualClock } from '../src/testing/manual-clock.js'
import { Endpoint, mount } from '../src/transport/index.js'
import type {
  Accept,
  Connection,
  ConnectionHandler,
  DisconnectReason,
  EndpointOptions,
  WebServer,
} from '../src/transport/index.js'
import { HttpClient, ask } from './http.js'
import type { Answer, Asked } from './http.js'

/** What the protocol's test suite has its services close with. */
const GO_AWAY: DisconnectReason = {
  name: 'test',
  closeCode: 3000,
  text: 'Go away!',
  reconnect: true,
}

/** The other side of a connection: what the transport told it. */
export class TestHandler implements ConnectionHandler {
  readonly connection: Connection
  readonly messages: string[] = []
  signsOfLife = 0
  drains = 0
  readonly closes: DisconnectReason[] = []
  onMessage: (message: string) => void = () => {}

  constructor(connection: Connection) {
    this.connection = connection
  }

  received(bytes: Uint8Array): void {
    if (bytes.length === 0) this.signsOfLife++
    else {
      const message = Buffer.from(bytes).toString()
      this.messages.push(message)
      this.onMessage(message)
    }
  }

  drained(): void {
    this.drains++
  }

  closed(reason: DisconnectReason): void {
    this.closes.push(reason)
  }

  /** Writes messages as one batch. */
  write(...messages: string[]): boolean {
    const { wire } = this.connection
    const elements = messages.map((message) => wire.element('', Buffer.from(message), true))
    return this.connection.write(
      wire.batch(
        elements,
        elements.reduce((sum, { length }) => sum + length, 0),
      ),
    )
  }
}

export interface TestEndpoint {
  readonly port: number
  readonly server: Server
  readonly endpoint: Endpoint
  readonly clock: ManualClock
  /** Of all connections so far. */
  readonly handlers: TestHandler[]
  readonly get: (path: string, asked?: Asked) => Promise<Answer>
  readonly post: (path: string, body?: string, asked?: Asked) => Promise<Answer>
  readonly options: (path: string, headers?: Asked['headers']) => Promise<Answer>
  /** Sends a request whose response stays open. */
  readonly stream: (method: string, path: string, asked?: Asked) => Promise<HttpClient>
}

export interface TestEndpointOptions extends Partial<EndpointOptions> {
  /** What each connection does: sends messages back, closes at once, or nothing by itself. Default: `echo`. */
  readonly service?: 'echo' | 'close' | 'silent'
}

/**
 * A SockJS endpoint at `/sockjs` of a server of its own, open to all origins, with the limits of the protocol's test
 * suite and a clock that stands still. After the test, nothing of its sessions may be left.
 */
export async function serveSockJs(options: TestEndpointOptions = {}): Promise<TestEndpoint> {
  const clock = new ManualClock()
  const handlers: TestHandler[] = []
  const accept: Accept = (connection) => {
    const handler = new TestHandler(connection)
    handlers.push(handler)
    if (options.service === 'close') connection.close(GO_AWAY)
    else if (options.service !== 'silent') handler.onMessage = (message) => void handler.write(message)
    return handler
  }
  const { sockjs, ...others } = options
  const endpoint = new Endpoint({
    path: '/sockjs',
    accept,
    origins: ['*'],
    clock,
    ...others,
    sockjs: { streamBytes: 4096, ...(typeof sockjs === 'object' ? sockjs : {}) },
  })
  const server = createServer()
  mount(server, endpoint)
  const port = await listen(server)
  onTestFinished(async () => {
    server.closeAllConnections()
    endpoint.close()
    // What a connection has still to tell of its end.
    for (const handler of handlers) handler.connection.destroy()
    await until(() => handlers.every(({ closes }) => closes.length > 0))
    expect({ sessions: endpoint.sockJsSessions, timers: clock.pending }).toEqual({ sessions: 0, timers: 0 })
    expect(handlers.map(({ closes }) => closes.length)).toEqual(handlers.map(() => 1))
  })
  const at = (path: string): string => `/sockjs${path}`
  return {
    port,
    server,
    endpoint,
    clock,
    handlers,
    get: (path, asked) => ask(port, 'GET', at(path), asked),
    post: (path, body, asked) =>
      ask(port, 'POST', at(path), { ...(body === undefined ? {} : { body }), ...asked }),
    options: (path, headers = {}) => ask(port, 'OPTIONS', at(path), { headers }),
    async stream(method, path, asked) {
      const client = await HttpClient.open(port)
      client.send(method, at(path), asked)
      return client
    },
  }
}

/** Listens on a free port until the test is over. */
export async function listen(server: WebServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Waits for what sockets bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

let sessions = 0

/** The path of a session that nobody has used yet. */
export function newSession(server = '000'): string {
  return `/${server}/session-${sessions++}`
}

/** What every answer that must not be cached says. */
export function expectNotCached({ headers }: Pick<Answer, 'headers'>): void {
  expect(headers['cache-control']).toBe('no-store, no-cache, no-transform, must-revalidate, max-age=0')
  expect(headers).not.toHaveProperty('expires')
  expect(headers).not.toHaveProperty('last-modified')
}

/** What lets a page of this origin, or of none, read an answer. */
export function expectCors({ headers }: Pick<Answer, 'headers'>, origin?: string): void {
  expect(headers['access-control-allow-origin']).toBe(origin ?? '*')
  expect(headers['access-control-allow-credentials']).toBe(origin === undefined ? undefined : 'true')
  expect(headers['vary']).toBe('Origin')
}

const ORIGINS = ['test', 'null']

/** The answers to the preflights of pages of two origins. */
export function preflights(
  { options }: TestEndpoint,
  path: string,
  methods: readonly string[],
): Promise<Answer[]> {
  const asked = (origin: string): Record<string, string> => ({
    Origin: origin,
    'Access-Control-Request-Method': methods.join(', '),
  })
  return Promise.all(ORIGINS.map((origin) => options(path, asked(origin))))
}

/** What they have to be: cacheable, empty, for these methods. */
export function allowing(methods: readonly string[]): unknown[] {
  return ORIGINS.map((origin) => ({
    status: 204,
    body: '',
    headers: expect.objectContaining({
      'cache-control': 'public, max-age=31536000',
      expires: 'Fri, 01 Jan 1971 00:00:00 GMT',
      'access-control-max-age': '31536000',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    }) as unknown,
  }))
}
