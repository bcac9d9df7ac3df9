import { describe, expect, test } from 'vitest'
import { FrameError } from './index.js'
import { codeOf, decode, decodeOne, decoderOf, PLATFORMS } from './testing/kit.js'

describe.each(PLATFORMS)('limits, %s', (_, codec) => {
  const frame = (body: string): string => `SEND\na:b\n\n${body}\0`
  const bytesOf = (text: string): number => codec.utf8Encode(text).length

  test('a frame of frameBytes is read and one of a byte more is refused, without content-length', () => {
    const text = frame('0123456789')
    const frameBytes = bytesOf(text)
    expect(decode(codec, text, { limits: { frameBytes } }).frames).toHaveLength(1)
    expect(codeOf(codec, frame('0123456789+'), { limits: { frameBytes } })).toBe('frame-too-large')
    expect(codeOf(codec, text, { limits: { frameBytes: frameBytes - 1 } })).toBe('frame-too-large')
  })

  test('a body that does not end is refused at the limit, not at its NUL', () => {
    expect(decode(codec, 'SEND\n\n0123456', { limits: { frameBytes: 14 } })).toEqual({ frames: [] })
    expect(codeOf(codec, 'SEND\n\n01234567', { limits: { frameBytes: 14 } })).toBe('frame-too-large')
  })

  test('a frame of frameBytes is read and one of a byte more is refused, with content-length', () => {
    const head = 'SEND\ncontent-length:10\n\n'
    const frameBytes = bytesOf(head) + 11
    expect(decode(codec, `${head}0123456789\0`, { limits: { frameBytes } }).frames).toHaveLength(1)
    expect(codeOf(codec, 'SEND\ncontent-length:11\n\n', { limits: { frameBytes } })).toBe('frame-too-large')
  })

  test.each(['9007199254740993', '99999999999999999999999999', '9'.repeat(400)])(
    'content-length %s is refused before any octet of the body is there',
    (length) => {
      expect(codeOf(codec, `SEND\ncontent-length:${length}\n\n`)).toBe('frame-too-large')
    },
  )

  test('headerBytes counts the command line and the header block with its blank line', () => {
    const head = 'SEND\r\nabc:def\nx:y\n\r\n'
    const headerBytes = bytesOf(head)
    expect(decode(codec, `${head}body\0`, { limits: { headerBytes } }).frames).toHaveLength(1)
    expect(codeOf(codec, `${head}body\0`, { limits: { headerBytes: headerBytes - 1 } })).toBe(
      'headers-too-large',
    )
  })

  test.each([
    ['a name', 'SEND\naaaaaaaaaaaaaaaaaaaa'],
    ['a value', 'SEND\na:aaaaaaaaaaaaaaaaaa'],
    ['short headers', 'SEND\na:b\na:b\na:b\na:b\n'],
  ])('%s without an end is refused a byte past headerBytes', (_case, text) => {
    const headerBytes = 20
    expect(decode(codec, text.slice(0, headerBytes), { limits: { headerBytes } })).toEqual({ frames: [] })
    expect(codeOf(codec, text.slice(0, headerBytes + 1), { limits: { headerBytes } })).toBe(
      'headers-too-large',
    )
  })

  test('headerCount headers are read and one more is refused, repeated ones counted', () => {
    const lines = (count: number): string => `SEND\n${'a:b\n'.repeat(count)}\n\0`
    const limits = { headerCount: 3 }
    expect(decode(codec, lines(3), { limits }).frames).toHaveLength(1)
    expect(decode(codec, lines(4), { limits }).error).toEqual({
      code: 'too-many-headers',
      message: 'The frame has more than 3 headers',
    })
  })

  test.each([1, 64, 65, 200])('%i headers are read where as many are allowed', (count) => {
    const lines = Array.from({ length: count }, (_line, i) => `name-${i}:value ${i}\n`).join('')
    const headers = decodeOne(codec, `SEND\n${lines}\nbody\0`, { limits: { headerCount: count } }).headers
    expect(headers).toHaveLength(count)
    expect(headers.at(-1)).toEqual([`name-${count - 1}`, `value ${count - 1}`])
    expect(codeOf(codec, `SEND\n${lines}\nbody\0`, { limits: { headerCount: count - 1 } })).toBe(
      'too-many-headers',
    )
  })

  test('the receipt that came before the limit is in the error', () => {
    const limits = { headerCount: 1, headerBytes: 24 }
    expect(decode(codec, 'SEND\nreceipt:7\na:b\n', { limits }).error?.receiptId).toBe('7')
    expect(decode(codec, 'SEND\nreceipt:7\naaaaaaaaaa', { limits }).error?.receiptId).toBe('7')
    expect(
      decode(codec, 'SEND\nreceipt:7\n\n0123456789', { limits: { frameBytes: 20 } }).error?.receiptId,
    ).toBe('7')
  })

  test('a head that alone fills frameBytes is refused, whichever limit is the smaller', () => {
    const text = 'SEND\na:b\n\n\0'
    expect(codeOf(codec, text, { limits: { frameBytes: 11 } })).toBeUndefined()
    expect(codeOf(codec, text, { limits: { frameBytes: 10 } })).toBe('frame-too-large')
    expect(codeOf(codec, text, { limits: { frameBytes: 9 } })).toBe('frame-too-large')
    expect(codeOf(codec, 'SUBSCRIBE\n\nx\0', { limits: { frameBytes: 11 } })).toBe('frame-too-large')
    expect(codeOf(codec, 'SUBSCRIBE\n\n\0', { limits: { frameBytes: 2, headerBytes: 3 } })).toBe(
      'frame-too-large',
    )
    expect(codeOf(codec, 'SUBSCRIBE\n\n\0', { limits: { frameBytes: 3, headerBytes: 3 } })).toBe(
      'headers-too-large',
    )
  })

  test('limits set between two frames of one chunk apply to the second', () => {
    const decoder = decoderOf(codec, { limits: { frameBytes: 12 } })
    decoder.push(codec.utf8Encode('CONNECT\n\n\0SEND\n\n0123456789\0SEND\n\n0123456789\0'))
    expect(decoder.read()?.command).toBe('CONNECT')
    decoder.limits = { frameBytes: 100, headerCount: 10, headerBytes: 100 }
    expect(decoder.read()?.body).toHaveLength(10)
    decoder.limits = { frameBytes: 12, headerCount: 10, headerBytes: 100 }
    expect(() => decoder.read()).toThrow('The frame is longer than 12 bytes')
  })

  test('each limit is an error with a code', () => {
    expect(new FrameError('frame-too-large', 'x')).toMatchObject({
      name: 'FrameError',
      code: 'frame-too-large',
    })
  })
})
