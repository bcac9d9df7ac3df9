import { randomBytes } from 'node:crypto'
import type { Writable } from 'node:stream'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as ws from 'ws'
import { WebSocketError, WebSocketReader } from './websocket-reader.js'

const MESSAGE_BYTES = 70_000

interface FrameOptions {
  readonly opcode?: number
  readonly fin?: boolean
  readonly rsv?: number
  readonly masked?: boolean
  /** How the length is written, whatever it is. */
  readonly length?: 7 | 16 | 64
}

/** A frame as a client sends it. */
function frame(payload: Uint8Array | string, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, rsv = 0, masked = true } = options
  const bytes = Buffer.from(payload as string)
  const form = options.length ?? (bytes.length < 126 ? 7 : bytes.length < 65_536 ? 16 : 64)
  const head = Buffer.alloc(form === 7 ? 2 : form === 16 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  head[1] = (masked ? 0x80 : 0) | (form === 7 ? bytes.length : form === 16 ? 126 : 127)
  if (form === 16) head.writeUInt16BE(bytes.length, 2)
  if (form === 64) head.writeBigUInt64BE(BigInt(bytes.length), 2)
  if (!masked) return Buffer.concat([head, bytes])
  const mask = randomBytes(4)
  return Buffer.concat([head, mask, bytes.map((octet, i) => octet ^ mask[i & 3]!)])
}

/** What a reader brings, a line each; the last one says with which status it gives up, where it does. */
function read(chunks: readonly Uint8Array[], compression = false): string[] {
  const lines: string[] = []
  const reader = new WebSocketReader(
    {
      message: (bytes) => lines.push(`message ${bytes.toString('latin1')}`),
      ping: (payload) => lines.push(`ping ${payload.toString('latin1')}`),
      pong: () => lines.push('pong'),
      goodbye: (status) => lines.push(`goodbye ${status}`),
    },
    { messageBytes: MESSAGE_BYTES },
    compression,
  )
  try {
    for (const chunk of chunks) reader.push(Buffer.from(chunk))
  } catch (error) {
    if (!(error instanceof WebSocketError)) throw error
    lines.push(`refused ${error.status}`)
  }
  return lines
}

// It is exported, and its types leave it out.
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable }

/** The same by `ws`. */
function readByWs(chunks: readonly Uint8Array[]): string[] {
  const lines: string[] = []
  const receiver = new Receiver({ isServer: true, maxPayload: MESSAGE_BYTES, allowSynchronousEvents: true })
  receiver.on('message', (bytes: Buffer) => lines.push(`message ${bytes.toString('latin1')}`))
  receiver.on('ping', (payload: Buffer) => lines.push(`ping ${payload.toString('latin1')}`))
  receiver.on('pong', () => lines.push('pong'))
  receiver.on('conclude', (status: number) => lines.push(`goodbye ${status}`))
  for (const chunk of chunks) {
    // Not by `write`, which tells of errors a tick later.
    receiver._write(Buffer.from(chunk), 'binary', (error) => {
      const status = Object.getOwnPropertySymbols(error ?? {}).find(
        (one) => one.description === 'status-code',
      )
      if (status !== undefined) lines.push(`refused ${(error as unknown as Record<symbol, number>)[status]}`)
    })
    if (/^(goodbye|refused)/.test(lines.at(-1) ?? '')) break
  }
  return lines
}

/** The same bytes, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...at, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : at[i - 1], end))
}

describe('messages', () => {
  test.each([0, 1, 3, 63, 64, 65, 125, 126, 127, 65_535, 65_536, MESSAGE_BYTES])(
    'one of %d bytes',
    (bytes) => {
      const text = 'abcdefg'.repeat(bytes / 7 + 1).slice(0, bytes)
      expect(read([frame(text)])).toEqual([`message ${text}`])
      expect(read([Buffer.concat([frame('x'), frame(text), frame('y')])])).toEqual([
        'message x',
        `message ${text}`,
        'message y',
      ])
    },
  )

  test('of one octet more than they may have are refused before they are there', () => {
    expect(read([frame('x'.repeat(MESSAGE_BYTES + 1)).subarray(0, 14)])).toEqual(['refused 1009'])
    const part = frame('x'.repeat(MESSAGE_BYTES), { fin: false })
    expect(read([part, frame('', { opcode: 0 })])).toHaveLength(1)
    expect(read([part, frame('x', { opcode: 0 })])).toEqual(['refused 1009'])
    const huge = Buffer.from('82ffffffffffffffffff', 'hex')
    expect(read([huge])).toEqual(['refused 1009'])
  })

  test('may be in fragments, with control frames between them', () => {
    const frames = [
      frame('a', { fin: false }),
      frame('p', { opcode: 9 }),
      frame('', { opcode: 0, fin: false }),
      frame('', { opcode: 10 }),
      frame('b', { opcode: 0 }),
      frame('c'),
    ]
    expect(read([Buffer.concat(frames)])).toEqual(['ping p', 'pong', 'message ab', 'message c'])
  })

  test('of many fragments, or that come octet by octet, take no more room than they have octets', () => {
    const bytes = Buffer.concat([
      frame('x', { fin: false }),
      ...Array.from({ length: 60_000 }, () => frame('x', { opcode: 0, fin: false })),
      frame('x', { opcode: 0 }),
    ])
    expect(read([bytes])).toEqual([`message ${'x'.repeat(60_002)}`])
    const slow = frame('x'.repeat(60_000))
    expect(read(Array.from(slow, (octet) => Uint8Array.of(octet)))).toEqual([`message ${'x'.repeat(60_000)}`])
  })

  test('that are text have to be UTF-8, as a whole', () => {
    const bytes = Buffer.from('한글')
    const parts = [frame(bytes.subarray(0, 2), { fin: false }), frame(bytes.subarray(2), { opcode: 0 })]
    expect(read(parts)).toEqual([`message ${bytes.toString('latin1')}`])
    expect(read([frame(bytes.subarray(0, 2))])).toEqual(['refused 1007'])
    expect(read([frame(bytes.subarray(0, 2), { opcode: 2 })])).toHaveLength(1)
  })
})

describe('what RFC 6455 forbids', () => {
  test.each<[string, number, Buffer[]]>([
    ['section 5.1: a frame that is not masked', 1002, [frame('a', { masked: false })]],
    ['section 5.2: a reserved bit', 1002, [frame('a', { rsv: 1 })]],
    ['section 5.2: RSV1 without compression', 1002, [frame('a', { rsv: 4 })]],
    ['section 5.2: a reserved opcode', 1002, [frame('a', { opcode: 3 })]],
    ['section 5.2: a reserved opcode of a control frame', 1002, [frame('a', { opcode: 11 })]],
    ['section 5.4: a message within another', 1002, [frame('a', { fin: false }), frame('b')]],
    ['section 5.4: a fragment of nothing', 1002, [frame('a', { opcode: 0 })]],
    ['section 5.5: a control frame in fragments', 1002, [frame('a', { opcode: 9, fin: false })]],
    ['section 5.5: a control frame of 126 octets', 1002, [frame('a'.repeat(126), { opcode: 9 })]],
    ['section 5.5: a control frame with a longer length', 1002, [frame('a', { opcode: 8, length: 16 })]],
    ['section 5.5.1: half a status', 1002, [frame('a', { opcode: 8 })]],
    ['section 5.5.1: a reason that is no UTF-8', 1007, [frame(Buffer.from('03e8ff', 'hex'), { opcode: 8 })]],
  ])('%s', (_, status, frames) => {
    expect(read([...frames, frame('more')])).toEqual([`refused ${status}`])
    expect(readByWs(frames)).toEqual([`refused ${status}`])
  })

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    'section 7.4: a close frame with the status %d',
    (status) => {
      expect(read([frame(Buffer.from([status >> 8, status & 255]), { opcode: 8 })])).toEqual(['refused 1002'])
    },
  )
})

test.each([1000, 1003, 1007, 1014, 3000, 4999])(
  'a goodbye with the status %d is the last that is read',
  (status) => {
    const close = frame(Buffer.from([status >> 8, status & 255, 104, 105]), { opcode: 8 })
    expect(read([Buffer.concat([close, frame('more')]), frame('more')])).toEqual([`goodbye ${status}`])
    expect(read([frame('', { opcode: 8 })])).toEqual(['goodbye 1005'])
  },
)

const payload = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(126, 4_000, 65_536, 69_999).map((bytes) => Buffer.alloc(bytes, 'ab')),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', '03e8', '03e9', '0fa0', '03ed', '03')
      .map((hex) => Buffer.from(hex, 'hex')),
  },
)
const someFrame = fc
  .record({
    payload,
    opcode: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 2, 8, 9, 10, 3, 15),
    fin: fc.constantFrom(true, true, false),
    rsv: fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4),
    masked: fc.constantFrom(true, true, true, true, true, true, true, true, true, true, true, true, false),
  })
  .map((of) => frame(of.payload, of))
const stream = fc
  .tuple(
    fc.array(someFrame, { maxLength: 8 }).map((frames) => Buffer.concat(frames)),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([bytes, changes, rarely]) => {
    if (rarely === 0 && bytes.length > 0) for (const [at, octet] of changes) bytes[at % bytes.length] = octet
    return bytes
  })

test('any bytes, cut anywhere, are read as ws reads them', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 6 }), (bytes, places) => {
      const chunks = cut(bytes, places)
      expect(read(chunks)).toEqual(readByWs(chunks))
      expect(read([bytes])).toEqual(read(chunks))
    }),
    { numRuns: 1_500 },
  )
})

describe('RFC 7692: compressed messages', () => {
  const compressed = (bytes: Uint8Array | string): Buffer =>
    deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

  test('are inflated, in fragments too, and others may come between them', () => {
    const whole = compressed('hello '.repeat(100))
    const frames = [
      frame(whole, { rsv: 4 }),
      frame(whole.subarray(0, 5), { rsv: 4, fin: false }),
      frame('p', { opcode: 9 }),
      frame(whole.subarray(5), { opcode: 0 }),
      frame('plain'),
    ]
    const message = `message ${'hello '.repeat(100)}`
    expect(read(frames, true)).toEqual([message, 'ping p', message, 'message plain'])
  })

  test('section 6.1: RSV1 is of the first frame of a message, and of no other', () => {
    expect(read([frame('', { opcode: 9, rsv: 4 })], true)).toEqual(['refused 1002'])
    const frames = [frame('a', { fin: false }), frame('b', { opcode: 0, rsv: 4 })]
    expect(read(frames, true)).toEqual(['refused 1002'])
  })

  test('are not inflated to more than a message may have, have to be UTF-8 then, and compressed at all', () => {
    expect(read([frame(compressed(Buffer.alloc(MESSAGE_BYTES)), { rsv: 4 })], true)).toHaveLength(1)
    expect(read([frame(compressed(Buffer.alloc(MESSAGE_BYTES + 1)), { rsv: 4 })], true)).toEqual([
      'refused 1009',
    ])
    expect(read([frame(compressed(Uint8Array.of(0xc3)), { rsv: 4 })], true)).toEqual(['refused 1007'])
    expect(read([frame('\xff\xff\xff\xff', { rsv: 4 })], true)).toEqual(['refused 1007'])
  })

  test('section 7.2.3.4: may end with a final block', () => {
    expect(read([frame(deflateRawSync('hello'), { rsv: 4 })], true)).toEqual(['message hello'])
  })
})
