import { describe, expect, test } from 'vitest'
import { StompHeaders } from './index.js'
import { decodeOne, PLATFORMS, VERSIONS } from './testing/kit.js'

describe.each(PLATFORMS)('the encoder, %s', (_, codec) => {
  const { encodeFrame, encodeHead, encodeHeaders, utf8Decode, utf8Encode } = codec
  const special = new codec.StompHeaders(['k:\n\r\\', 'v:\n\r\\'])

  test('writes the command, the headers, a blank line, the body and NUL, lines ended by LF', () => {
    const headers = StompHeaders.from({ destination: '/queue/a', 'content-length': '5' })
    expect(utf8Decode(encodeFrame({ command: 'SEND', headers, body: utf8Encode('hello') }, '1.2'))).toBe(
      'SEND\ndestination:/queue/a\ncontent-length:5\n\nhello\0',
    )
  })

  test('encodeHeaders is encodeHead without the command', () => {
    const headers = StompHeaders.from({ 'a:b': 'c\nd', e: 'f' })
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      expect(`MESSAGE\n${encodeHeaders(headers, version)}`).toBe(encodeHead('MESSAGE', headers, version))
    }
  })

  test('encodeHead ends after the last header line', () => {
    expect(encodeHead('RECEIPT', StompHeaders.from({ 'receipt-id': '1' }), '1.2')).toBe(
      'RECEIPT\nreceipt-id:1\n',
    )
    expect(encodeHead('DISCONNECT', new StompHeaders(), '1.2')).toBe('DISCONNECT\n')
  })

  test('1.2 escapes CR, LF, colon and backslash (STOMP 1.2 "Value Encoding")', () => {
    expect(encodeHead('SEND', special, '1.2')).toBe('SEND\nk\\c\\n\\r\\\\:v\\c\\n\\r\\\\\n')
  })

  test('1.1 escapes LF, colon and backslash, and has no escape for CR (STOMP 1.1 "Value Encoding")', () => {
    expect(encodeHead('SEND', special, '1.1')).toBe('SEND\nk\\c\\n\r\\\\:v\\c\\n\r\\\\\n')
  })

  test('1.0 has no escapes: what would forge a header becomes a space', () => {
    expect(encodeHead('SEND', special, '1.0')).toBe('SEND\nk  \r\\:v: \r\\\n')
  })

  test.each(VERSIONS)(
    'opening frames are never escaped, here in %s (STOMP 1.2 "Value Encoding")',
    (version) => {
      for (const command of ['CONNECT', 'STOMP', 'CONNECTED'] as const) {
        expect(encodeHead(command, special, version)).toBe(`${command}\nk  \r\\:v: \r\\\n`)
      }
    },
  )

  test.each(VERSIONS)(
    'a NUL in a header becomes a space in %s, so that it cannot end the frame',
    (version) => {
      const headers = new StompHeaders(['a\0', '\0b\0MESSAGE'])
      expect(encodeHead('SEND', headers, version)).toBe('SEND\na : b MESSAGE\n')
      expect(encodeHead('CONNECT', headers, version)).toBe('CONNECT\na : b MESSAGE\n')
    },
  )

  test.each(VERSIONS)('no value can forge a header or a frame in %s', (version) => {
    const evil = 'x\nadmin:true\r\nroot:1\n\n\0SEND\n\n\0'
    for (const command of ['SEND', 'CONNECT'] as const) {
      const bytes = encodeFrame({ command, headers: new StompHeaders(['a', evil, `b${evil}`, '']) }, version)
      expect(decodeOne(codec, bytes, { version }).headers).toHaveLength(2)
    }
  })

  test('adds content-length when there is a body and no such header, counted in octets', () => {
    const frame = {
      command: 'SEND',
      headers: new StompHeaders(['a', 'b']),
      body: utf8Encode('한\0'),
    } as const
    for (const version of VERSIONS) {
      expect(utf8Decode(encodeFrame(frame, version))).toBe('SEND\na:b\ncontent-length:4\n\n한\0\0')
    }
  })

  test('adds none when the body is empty or missing', () => {
    const headers = new StompHeaders(['a', 'b'])
    expect(utf8Decode(encodeFrame({ command: 'SEND', headers }, '1.2'))).toBe('SEND\na:b\n\n\0')
    expect(utf8Decode(encodeFrame({ command: 'SEND', headers, body: new Uint8Array(0) }, '1.2'))).toBe(
      'SEND\na:b\n\n\0',
    )
  })

  test('puts a wrong content-length right, and leaves the headers that it was given as they were', () => {
    const headers = new StompHeaders(['content-length', '1', 'x', 'content-length', 'content-length', '2'])
    expect(utf8Decode(encodeFrame({ command: 'SEND', headers, body: utf8Encode('abc') }, '1.2'))).toBe(
      'SEND\ncontent-length:3\nx:content-length\ncontent-length:2\n\nabc\0',
    )
    expect(headers.get('content-length')).toBe('1')
    expect(utf8Decode(encodeFrame({ command: 'SEND', headers }, '1.2'))).toMatch(/^SEND\ncontent-length:0\n/)
  })

  test('keeps repeated headers in order', () => {
    expect(encodeHead('MESSAGE', new StompHeaders(['foo', 'World', 'foo', 'Hello']), '1.2')).toBe(
      'MESSAGE\nfoo:World\nfoo:Hello\n',
    )
  })

  test('gives an array of its own that holds nothing else', () => {
    const body = utf8Encode('body')
    const bytes = encodeFrame({ command: 'SEND', headers: new StompHeaders(), body }, '1.2')
    expect(bytes.buffer).not.toBe(body.buffer)
    expect(bytes.buffer.byteLength).toBe(bytes.length)
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
  })

  test('utf8Encode and utf8Decode treat a BOM as text and what is malformed as U+FFFD', () => {
    expect([...utf8Encode('\ufeff한')]).toEqual([0xef, 0xbb, 0xbf, 0xed, 0x95, 0x9c])
    expect(utf8Decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff))).toBe('\ufeffa\ufffd')
    expect([...utf8Encode('\ud800')]).toEqual([0xef, 0xbf, 0xbd])
    expect(utf8Decode(utf8Encode('xx한xx').subarray(2, 5))).toBe('한')
  })
})
