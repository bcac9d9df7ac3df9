import { afterEach, expect, it, vi } from 'vitest'
import { settingsOf } from './settings.js'
import type { ClientOptions } from './options.js'
import type { ClientSocket } from './socket.js'

afterEach(() => vi.unstubAllGlobals())

const opened: string[] = []
const WebSocket = function (url: string, protocols: string[]) {
  opened.push(`${url} ${protocols.join(' ')}`)
} as unknown as new (url: string, protocols: string[]) => ClientSocket

it.each([
  ['outgoing.messages', { outgoing: { messages: 0 } }],
  ['outgoing.bytes', { outgoing: { bytes: 1.5 } }],
  ['outgoing.attempts', { outgoing: { attempts: -1 } }],
  ['subscriptions', { subscriptions: 0 }],
  ['backoff.baseMs', { backoff: { baseMs: 0 } }],
  ['heartbeat.outgoingMs', { heartbeat: { outgoingMs: -1 } }],
  ['connectTimeoutMs', { connectTimeoutMs: Number.NaN }],
] as const)('refuses %s that is no such number', (name, options: Partial<ClientOptions>) => {
  expect(() => settingsOf({ url: 'ws://a', WebSocket, ...options })).toThrow(new RegExp(`^${name} has to be`))
})

it('needs a way to connect, and says what is missing', () => {
  expect(() => settingsOf({})).toThrow('A client needs a url or a webSocketFactory')
  expect(() => settingsOf({ url: 'ftp://a', WebSocket })).toThrow('ftp://a is no address of a WebSocket')
  vi.stubGlobal('WebSocket', undefined)
  expect(() => settingsOf({ url: 'ws://a' })).toThrow('There is no global WebSocket here')
})

it('takes addresses of the web, and of the page, and offers the versions of STOMP', () => {
  vi.stubGlobal('location', { href: 'https://chat.example.com/rooms/7' })
  for (const url of ['http://a/stomp', 'wss://a/stomp', '/stomp']) void settingsOf({ url, WebSocket }).open()
  expect(opened).toEqual([
    'ws://a/stomp v12.stomp v11.stomp',
    'wss://a/stomp v12.stomp v11.stomp',
    'wss://chat.example.com/stomp v12.stomp v11.stomp',
  ])
})
