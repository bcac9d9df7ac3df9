import { describe, expect, test } from 'vitest'
import { codeOf, decode, decodeOne, decoderOf, PLATFORMS, VERSIONS } from './testing/kit.js'

describe.each(PLATFORMS)('bodies, %s', (_, codec) => {
  test.each(VERSIONS)('without content-length the body ends at the first NUL, in %s', (version) => {
    const { frames } = decode(codec, 'SEND\na:b\n\none\r\n\n한\0\nSEND\na:b\n\n\0', { version })
    expect(frames.map(({ body }) => body)).toEqual(['one\r\n\n한', ''])
  })

  test.each(VERSIONS)('content-length octets are read whatever they are, in %s', (version) => {
    const body = '\0\0SEND\n\n\0\r\n한\0'
    const length = codec.utf8Encode(body).length
    const { frames } = decode(codec, `SEND\ncontent-length:${length}\n\n${body}\0BEGIN\n\n\0`, { version })
    expect(frames.map((frame) => [frame.command, frame.body])).toEqual([
      ['SEND', body],
      ['BEGIN', ''],
    ])
  })

  test('octets of a body that are no text come through as they are', () => {
    const body = Uint8Array.from({ length: 256 }, (_octet, i) => i)
    const decoder = decoderOf(codec)
    decoder.push(codec.utf8Encode('SEND\ncontent-length:256\n\n'))
    decoder.push(body)
    decoder.push(Uint8Array.of(0))
    expect(decoder.read()?.body).toEqual(body)
  })

  test('the first content-length counts (STOMP 1.2 "Repeated Header Entries")', () => {
    expect(decodeOne(codec, 'SEND\ncontent-length:3\ncontent-length:1\n\na\0b\0').body).toBe('a\0b')
  })

  test.each(VERSIONS)('a missing NUL after the counted body is an error in %s', (version) => {
    expect(codeOf(codec, 'SEND\ncontent-length:2\n\nabc\0', { version })).toBe('body-not-terminated')
    expect(codeOf(codec, 'SEND\ncontent-length:0\n\nabc\0', { version })).toBe('body-not-terminated')
    expect(codeOf(codec, 'BEGIN\ncontent-length:0\n\n\n\0', { version })).toBe('body-not-terminated')
  })

  test.each([
    '',
    '-1',
    '+1',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    'x',
    '1,1',
    '１',
    '1:',
    ':1',
    '/1',
    'Infinity',
    '1\\n',
  ])('content-length %j is refused: decimal digits only', (value) => {
    for (const version of ['1.1', '1.2'] as const) {
      expect(codeOf(codec, `SEND\ncontent-length:${value}\n\nx\0`, { version })).toBe(
        'content-length-invalid',
      )
    }
  })

  test('a padded content-length is read in 1.0, which trims', () => {
    expect(decodeOne(codec, 'SEND\ncontent-length: 3 \n\na\0b\0', { version: '1.0' }).body).toBe('a\0b')
  })

  test.each([
    'content-lengt',
    'content-lengtg',
    'content-lengths',
    'Content-length',
    'content_length',
    'xontent-length',
  ])('%s is another name', (name) => {
    expect(decodeOne(codec, `SEND\n${name}:9\n\nbody\0`).body).toBe('body')
  })

  test('leading zeros are digits', () => {
    expect(decodeOne(codec, 'SEND\ncontent-length:0003\n\na\0b\0').body).toBe('a\0b')
  })

  const BODYLESS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ABORT', 'DISCONNECT']

  test.each(BODYLESS)('%s MUST NOT have a body in 1.1 and 1.2 (STOMP 1.2 "Body")', (command) => {
    for (const version of ['1.1', '1.2'] as const) {
      expect(codeOf(codec, `${command}\na:b\n\nx`, { version })).toBe('body-not-allowed')
      expect(codeOf(codec, `${command}\na:b\n\n\n\0`, { version })).toBe('body-not-allowed')
      expect(codeOf(codec, `${command}\ncontent-length:1\n\n`, { version })).toBe('body-not-allowed')
      expect(decodeOne(codec, `${command}\ncontent-length:0\n\n\0`, { version }).body).toBe('')
    }
  })

  test.each(BODYLESS)(
    'a body of %s is ignored in 1.0 (STOMP 1.0 "SUBSCRIBE": the body "is ignored")',
    (command) => {
      const { frames } = decode(codec, `${command}\na:b\n\nx\0${command}\ncontent-length:3\n\nx\0y\0`, {
        version: '1.0',
      })
      expect(frames.map((frame) => [frame.command, frame.body])).toEqual([
        [command, ''],
        [command, ''],
      ])
    },
  )

  test.each(VERSIONS)(
    'an opening frame may have a body only when it names no version, here in %s',
    (version) => {
      expect(codeOf(codec, 'CONNECT\naccept-version:1.2\n\nx\0', { version })).toBe('body-not-allowed')
      expect(codeOf(codec, 'STOMP\naccept-version:1.2\n\nx\0', { version })).toBe('body-not-allowed')
      expect(decodeOne(codec, 'CONNECT\nlogin:a\n\nx\0', { version }).body).toBe('')
      expect(codeOf(codec, 'CONNECTED\nversion:1.2\n\nx\0', { version, from: 'server' })).toBe(
        'body-not-allowed',
      )
    },
  )

  test('MESSAGE and ERROR may have a body, RECEIPT may not', () => {
    expect(decodeOne(codec, 'MESSAGE\n\nx\0', { from: 'server' }).body).toBe('x')
    expect(decodeOne(codec, 'ERROR\n\nx\0', { from: 'server' }).body).toBe('x')
    expect(codeOf(codec, 'RECEIPT\nreceipt-id:1\n\nx\0', { from: 'server' })).toBe('body-not-allowed')
  })
})
