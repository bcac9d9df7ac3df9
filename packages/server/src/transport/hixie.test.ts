import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { newSession, serveSockJs, until } from '../../test/sockjs.js'
import { listen } from '../../test/websocket-kit.js'
import { ManualClock } from '../testing/manual-clock.js'
import { hixieWire } from './hixie.js'

// The nonce and the answer of sockjs-protocol's test_haproxy.
const KEYS = ['Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5', 'Sec-WebSocket-Key2: 12998 5 Y3 1  .P00']
const NONCE = 'aaaaaaaa'
const ANSWER = Buffer.from('\xca4\x00\xd8\xa5\x08G\x97,\xd5qZ\xba\xbfC{', 'latin1')

/** An old browser, octet by octet. */
class OldBrowser {
  readonly socket: Socket
  #received = Buffer.alloc(0)
  ended = false

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (bytes) => (this.#received = Buffer.concat([this.#received, bytes])))
    this.socket.on('close', () => (this.ended = true))
    this.socket.on('error', () => {})
    onTestFinished(() => void this.socket.destroy())
  }

  /** Asks for a WebSocket; gives the response's head. */
  async ask(port: number, path: string, lines: readonly string[] = KEYS): Promise<string> {
    const origin = `http://127.0.0.1:${port}`
    const head = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Origin: ${origin}`]
    const all = [...head, 'Connection: Upgrade', 'Upgrade: WebSocket', ...lines]
    this.socket.write(`${all.join('\r\n')}\r\n\r\n`)
    return this.through('\r\n\r\n')
  }

  /** What comes until and with this text. */
  async through(end: string): Promise<string> {
    await until(() => this.#received.includes(end, 0, 'latin1') || this.ended)
    return this.take(this.#received.indexOf(end, 0, 'latin1') + end.length)
  }

  async octets(count: number): Promise<Buffer> {
    await until(() => this.#received.length >= count || this.ended)
    return Buffer.from(this.take(count), 'latin1')
  }

  take(count: number): string {
    const taken = this.#received.subarray(0, count).toString('latin1')
    this.#received = this.#received.subarray(count)
    return taken
  }

  send(text: string): void {
    this.socket.write(`\0${text}\xff`, 'latin1')
  }

  async message(): Promise<string> {
    return (await this.through('\xff')).slice(1, -1)
  }
}

async function open(port: number, path: string, lines?: readonly string[]): Promise<OldBrowser> {
  const browser = new OldBrowser(port)
  await browser.ask(port, path, lines)
  browser.socket.write(NONCE)
  await browser.octets(ANSWER.length)
  return browser
}

describe('hixie-76', () => {
  test('sockjs-protocol test_haproxy: the response headers come before the nonce, its answer after it', async () => {
    const { port } = await serveSockJs()
    const path = `/sockjs${newSession()}/websocket`
    const browser = new OldBrowser(port)
    const head = await browser.ask(port, path)
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 101 WebSocket Protocol Handshake',
      'Upgrade: WebSocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Origin: http://127.0.0.1:${port}`,
      `Sec-WebSocket-Location: ws://127.0.0.1:${port}${path}`,
      '',
      '',
    ])
    browser.socket.write(NONCE.slice(0, 3))
    browser.socket.write(NONCE.slice(3))
    expect(await browser.octets(16)).toEqual(ANSWER)
    expect(await browser.message()).toBe('o')
  })

  test('carries the frames of SockJS both ways', async () => {
    const { port, handlers } = await serveSockJs()
    const browser = await open(port, `/sockjs${newSession()}/websocket`)
    await browser.message()
    browser.send('["a","b"]')
    await until(() => handlers[0]!.messages.length === 2)
    expect(handlers[0]!.messages).toEqual(['a', 'b'])
    expect([await browser.message(), await browser.message()]).toEqual(['a["a"]', 'a["b"]'])
    handlers[0]!.write('x', 'y')
    expect(await browser.message()).toBe('a["x","y"]')
  })

  test('carries STOMP, and takes a subprotocol', async () => {
    const { port } = await listen()
    const browser = new OldBrowser(port)
    const head = await browser.ask(port, '/stomp', [...KEYS, 'Sec-WebSocket-Protocol: v10.stomp, v11.stomp'])
    expect(head).toContain('\r\nSec-WebSocket-Protocol: v11.stomp\r\n')
    // The first frame may come in one piece with the nonce.
    browser.socket.write(`${NONCE}\0CONNECT\naccept-version:1.1\nhost:x\n\n\0\xff`, 'latin1')
    await browser.octets(16)
    expect(await browser.message()).toMatch(/^CONNECTED\nversion:1\.1\n/)
    browser.send('DISCONNECT\nreceipt:bye\n\n\0')
    expect(await browser.message()).toBe('RECEIPT\nreceipt-id:bye\n\n\0')
    expect(await browser.octets(2)).toEqual(Buffer.of(0xff, 0))
  })

  test('a goodbye is answered, and ends the connection', async () => {
    const { port, handlers } = await serveSockJs()
    const browser = await open(port, `/sockjs${newSession()}/websocket`)
    await browser.message()
    browser.socket.write(Buffer.of(0xff, 0))
    expect(await browser.octets(2)).toEqual(Buffer.of(0xff, 0))
    await once(browser.socket, 'end')
    await until(() => handlers[0]!.closes.length === 1)
    expect(handlers[0]!.closes[0]!.name).toBe('lost')
  })

  test.each([
    ['a frame that is no text', Buffer.of(0x80, 1, 65)],
    [
      'a text longer than a message may be',
      Buffer.concat([Buffer.of(0), Buffer.alloc(4 * 1_048_576 + 1, 97)]),
    ],
  ])('%s cuts the connection', async (_, bytes) => {
    const { port, handlers } = await serveSockJs()
    const browser = await open(port, `/sockjs${newSession()}/websocket`)
    browser.socket.write(bytes)
    await until(() => handlers[0]!.closes.length === 1)
    expect(handlers[0]!.closes[0]!.name).toBe('transport')
    await until(() => browser.ended)
  })

  test.each([
    ['no space', 'Sec-WebSocket-Key1: 12'],
    ['no whole number', 'Sec-WebSocket-Key1: 1 0 1'],
    ['a number of more than 32 bits', 'Sec-WebSocket-Key1: 4 294967296 0'],
  ])('a key with %s is refused with 400', async (_, key) => {
    const { port } = await listen()
    const browser = new OldBrowser(port)
    expect(await browser.ask(port, '/stomp', [key, KEYS[1]!])).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('who sends no nonce is cut after closeMs', async () => {
    const clock = new ManualClock()
    const { port } = await listen({ clock, limits: { closeMs: 1_000 } })
    const browser = new OldBrowser(port)
    await browser.ask(port, '/stomp')
    browser.socket.write(NONCE.slice(1))
    await clock.advance(999)
    expect(browser.ended).toBe(false)
    await clock.advance(1)
    await until(() => browser.ended)
  })

  test('elements are texts between an octet 0 and an octet 255', () => {
    expect(hixieWire.element('A\n', Buffer.from('\né\0'), true)).toEqual(
      Buffer.concat([Buffer.of(0), Buffer.from('A\n\né\0'), Buffer.of(0xff)]),
    )
  })
})
