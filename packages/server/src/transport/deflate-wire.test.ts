import { createConnection } from 'node:net'
import { once } from 'node:events'
import { inflateRawSync, deflateRawSync, constants } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from '../../test/websocket-kit.js'
import { allow } from '../messaging/permissions.js'
import { checkedCompression, deflateWire } from './deflate-wire.js'
import { websocketWire } from './websocket-wire.js'

const wire = deflateWire({ thresholdBytes: 200, level: 1 })
const tail = (body: string): Uint8Array => Buffer.from(`\n${body}\0`)
const body = JSON.stringify(Array.from({ length: 50 }, (_, i) => ({ symbol: `S${i}`, price: i * 1.5 })))
const lines = 'message-id:1\ndestination:/topic/a\n'
const own = (id: string): string => `MESSAGE\nsubscription:${id}\n`

/** A frame's parts, and its payload inflated where RSV1 says so. */
function read(frame: Uint8Array): { opcode: number; compressed: boolean; text: string; payload: Uint8Array } {
  const length = frame[1]! & 0x7f
  const at = length < 126 ? 2 : length === 126 ? 4 : 10
  const payload = frame.subarray(at)
  const compressed = (frame[0]! & 0x40) !== 0
  return {
    opcode: frame[0]! & 0x0f,
    compressed,
    text: String(compressed ? inflated(payload) : payload),
    payload,
  }
}

function inflated(payload: Uint8Array): Buffer {
  const whole = Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)])
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH })
}

describe('an element of the compressing wire', () => {
  test('is the whole frame, compressed, with RSV1', () => {
    const element = wire.element(own('sub-0') + lines, tail(body), true, own('sub-0').length)
    expect(read(element)).toMatchObject({
      opcode: 1,
      compressed: true,
      text: `${own('sub-0')}${lines}\n${body}\0`,
    })
    expect(element.length).toBeLessThan(body.length / 2)
  })

  test('is binary where the STOMP frame is no UTF-8', () => {
    expect(read(wire.element(lines, tail(body), false))).toMatchObject({ opcode: 2, compressed: true })
  })

  test('of a message of fewer bytes than the threshold is as without compression, and of as many it is not', () => {
    const sized = (bytes: number): Uint8Array => tail('x'.repeat(bytes - lines.length - 2))
    expect(wire.element(lines, sized(199), true)).toEqual(websocketWire.element(lines, sized(199), true))
    expect(read(wire.element(lines, sized(200), true)).compressed).toBe(true)
  })

  test('is sent as it is where that is no longer', () => {
    const noise = Buffer.concat([
      Buffer.from('\n'),
      deflateRawSync(Buffer.from(body)).subarray(0, 300),
      Buffer.of(0),
    ])
    expect(wire.element(lines, noise, false)).toEqual(websocketWire.element(lines, noise, false))
  })

  test('shares what is compressed with those of all other subscription ids', () => {
    const shared = tail(body)
    const one = read(wire.element(own('a') + lines, shared, true, own('a').length)).payload
    // Were it compressed again, it would show.
    shared.fill(120)
    const other = read(wire.element(own('another') + lines, shared, true, own('another').length)).payload
    expect(String(inflated(other))).toBe(`${own('another')}${lines}\n${body}\0`)
    const common = (payload: Uint8Array, id: string): Uint8Array => payload.subarray(5 + own(id).length)
    expect(common(other, 'another')).toEqual(common(one, 'a'))
  })

  test('has the lines of its own version', () => {
    const shared = tail(body)
    for (const text of ['message-id:1\n', 'message-id:2\n']) {
      expect(read(wire.element(own('a') + text, shared, true, own('a').length)).text).toContain(text)
    }
  })

  test('whose own lines do not fit into a stored block is sent as it is', () => {
    const long = own('x'.repeat(65_536))
    expect(read(wire.element(long + lines, tail(body), true, long.length)).compressed).toBe(false)
  })
})

test('compression is refused with a threshold or level that cannot be', () => {
  expect(checkedCompression(false)).toBeUndefined()
  expect(checkedCompression(true)).toEqual({ thresholdBytes: 1024, level: 1 })
  expect(checkedCompression({ level: 6 })).toEqual({ thresholdBytes: 1024, level: 6 })
  for (const level of [0, 10, 1.5]) {
    expect(() => checkedCompression({ level })).toThrow(`compression.level has to be 1 to 9, not ${level}`)
  }
  expect(() => checkedCompression({ thresholdBytes: 0 })).toThrow('compression.thresholdBytes has to be')
})

const subscribe = (id: string): string => `SUBSCRIBE\nid:${id}\ndestination:/topic/a\nreceipt:r\n\n\0`

describe('an endpoint with compression', () => {
  const options = { permissions: { send: [allow('/topic/**')] }, limits: { frameBytes: 20_000 } }
  const site = (): ReturnType<typeof listen> =>
    listen(options, '/stomp', { compression: { thresholdBytes: 100 } })

  test('agrees on it without context takeover in both directions, and serves those that do not offer it', async () => {
    const { open, stomp } = await site()
    const both = [await open('/stomp'), await open('/stomp', [], { perMessageDeflate: false })]
    expect(both.map(({ websocket }) => websocket.extensions)).toEqual(['permessage-deflate', ''])
    for (const page of both) {
      await page.connect()
      await page.ask(subscribe('0'))
    }
    await stomp.messaging.send('/topic/a', body)
    for (const page of both) expect((await page.message()).text).toContain(body)
  })

  test('brings many messages in order, small and large, to subscribers of different ids', async () => {
    const { open, stomp } = await site()
    const pages = await Promise.all(
      ['a', 'b', 'c'].map(async (id) => {
        const page = await (await open()).connect()
        await page.ask(subscribe(id))
        return page
      }),
    )
    const bodies = Array.from({ length: 60 }, (_, i) => `${i}`.repeat(i % 3 === 0 ? 1 : 400))
    for (const one of bodies) await stomp.messaging.send('/topic/a', one)
    for (const page of pages) {
      for (const one of bodies) expect((await page.message()).text.split('\n\n')[1]).toBe(`${one}\0`)
    }
  })

  test('reads what clients compress', async () => {
    const { open } = await site()
    const page = await (await open('/stomp', [], { perMessageDeflate: { threshold: 0 } })).connect()
    await page.ask(subscribe('0'))
    page.send(`SEND\ndestination:/topic/a\n\n${body}\0`)
    expect((await page.message()).text).toContain(body)
  })

  test('does not inflate more than a message may have: close code 1009', async () => {
    const { open } = await site()
    const page = await (await open('/stomp', [], { perMessageDeflate: { threshold: 0 } })).connect()
    page.send(Buffer.alloc(50_000_000))
    expect(await page.closed).toMatchObject({ code: 1009 })
  })

  test('goes without it where a client wants a smaller window than the shared messages have', async () => {
    const { port } = await site()
    const answer = await handshake(port, 'permessage-deflate; server_max_window_bits=10')
    expect(answer.head).toContain('101')
    expect(answer.head).not.toContain('Sec-WebSocket-Extensions')
  })

  test('sends bytes that RFC 7692 describes', async () => {
    const { port, stomp } = await site()
    const { head, socket } = await handshake(port, 'permessage-deflate; client_max_window_bits')
    expect(head).toContain('server_no_context_takeover')
    expect(head).toContain('client_no_context_takeover')
    const masked = (text: string): Buffer =>
      Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)])
    socket.write(masked('CONNECT\naccept-version:1.2\nhost:x\n\n\0'))
    await once(socket, 'data')
    socket.write(masked(subscribe('0')))
    await once(socket, 'data')
    await stomp.messaging.send('/topic/a', body)
    const [frame] = (await once(socket, 'data')) as [Buffer]
    expect(frame[0]).toBe(0xc1)
    expect(read(frame).text).toContain(`\n\n${body}\0`)
  })
})

async function handshake(
  port: number,
  extensions: string,
): Promise<{ head: string; socket: ReturnType<typeof createConnection> }> {
  const socket = createConnection(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(
    'GET /stomp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: ${extensions}\r\n\r\n`,
  )
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  return { head: bytes.toString(), socket }
}
