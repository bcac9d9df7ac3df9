import { describe, expect, test } from 'vitest'
import { codeOf, decode, decodeOne, PLATFORMS, VERSIONS } from './testing/kit.js'

describe.each(PLATFORMS)('headers, %s', (_, codec) => {
  test('1.2 knows \\r, \\n, \\c and \\\\, in names and in values (STOMP 1.2 "Value Encoding")', () => {
    expect(decodeOne(codec, 'SEND\nk\\c\\n\\\\\\r:v\\c\\n\\\\\\r\n\n\0').headers).toEqual([
      ['k:\n\\\r', 'v:\n\\\r'],
    ])
  })

  test('1.1 knows \\n, \\c and \\\\ (STOMP 1.1 "Value Encoding")', () => {
    expect(decodeOne(codec, 'SEND\nk\\c\\n\\\\:v\\c\\n\\\\\n\n\0', { version: '1.1' }).headers).toEqual([
      ['k:\n\\', 'v:\n\\'],
    ])
  })

  test('an escaped backslash does not begin a second escape', () => {
    expect(decodeOne(codec, 'SEND\na:\\\\n\\\\\\n\n\n\0').headers).toEqual([['a', '\\n\\\n']])
  })

  test.each(['a:\\t', 'a:\\', 'a:b\\', '\\x:a', 'a:\\C', 'a:\\0', 'a\\:b'])(
    'the undefined escape in %j is an error in 1.1 and 1.2 ("MUST be treated as a fatal protocol error")',
    (line) => {
      expect(codeOf(codec, `SEND\n${line}\n\n\0`, { version: '1.2' })).toBe('escape-undefined')
      expect(codeOf(codec, `SEND\n${line}\n\n\0`, { version: '1.1' })).toBe('escape-undefined')
      expect(codeOf(codec, `SEND\n${line}\n\n\0`, { version: '1.0' })).toBeUndefined()
    },
  )

  test('\\r is undefined in 1.1 (STOMP 1.1 "Value Encoding": "such as \\r")', () => {
    expect(codeOf(codec, 'SEND\na:\\r\n\n\0', { version: '1.1' })).toBe('escape-undefined')
  })

  test('1.0 has no escapes', () => {
    expect(decodeOne(codec, 'SEND\na\\c:\\n\\c\\\\\\r\\t\\\n\n\0', { version: '1.0' }).headers).toEqual([
      ['a\\c', '\\n\\c\\\\\\r\\t\\'],
    ])
  })

  test.each(VERSIONS)('opening frames have no escapes, whatever the version is, here %s', (version) => {
    const headers = [
      ['accept-version', '1.2'],
      ['version', '1.2'],
      ['passcode', 'a\\c\\t\\:b'],
    ]
    const lines = 'accept-version:1.2\nversion:1.2\npasscode:a\\c\\t\\:b\n'
    expect(decodeOne(codec, `CONNECT\n${lines}\n\0`, { version }).headers).toEqual(headers)
    expect(decodeOne(codec, `STOMP\n${lines}\n\0`, { version }).headers).toEqual(headers)
    expect(decodeOne(codec, `CONNECTED\n${lines}\n\0`, { version, from: 'server' }).headers).toEqual(headers)
  })

  test.each(VERSIONS)(
    'the value is all after the first colon, in %s: stomp.js 2.3.3 does not escape',
    (version) => {
      expect(decodeOne(codec, 'SEND\na:b:c::\nurl:http://h:80/\n\n\0', { version }).headers).toEqual([
        ['a', 'b:c::'],
        ['url', 'http://h:80/'],
      ])
    },
  )

  test.each(['1.1', '1.2'] as const)(
    '%s never trims ("MUST never trim or pad headers with spaces")',
    (version) => {
      expect(decodeOne(codec, 'SEND\n a : b \n :  \n\n\0', { version }).headers).toEqual([
        [' a ', ' b '],
        [' ', '  '],
      ])
      expect(decodeOne(codec, 'CONNECT\naccept-version:1.1\nlogin: a \n\n\0', { version }).headers).toEqual([
        ['accept-version', '1.1'],
        ['login', ' a '],
      ])
    },
  )

  test('1.0 trims spaces, and spaces only (its own examples: "destination: /queue/foo")', () => {
    const text = 'SUBSCRIBE\ndestination: /queue/foo \n ack  :  client\nempty:   \ntab:\t x y\t\n\n\0'
    expect(decodeOne(codec, text, { version: '1.0' }).headers).toEqual([
      ['destination', '/queue/foo'],
      ['ack', 'client'],
      ['empty', ''],
      ['tab', '\t x y\t'],
    ])
  })

  test.each(VERSIONS)('an opening frame that names no version is trimmed as 1.0, here in %s', (version) => {
    expect(
      decodeOne(codec, 'CONNECT\nlogin: <username>\npasscode:<passcode>\n\n\0', { version }).headers,
    ).toEqual([
      ['login', '<username>'],
      ['passcode', '<passcode>'],
    ])
    expect(decodeOne(codec, 'CONNECTED\nsession: 12\n\n\0', { version, from: 'server' }).headers).toEqual([
      ['session', '12'],
    ])
    // The word as a value is not the header.
    expect(decodeOne(codec, 'CONNECT\nlogin: a\nx:accept-version\n\n\0', { version }).headers).toEqual([
      ['login', 'a'],
      ['x', 'accept-version'],
    ])
  })

  test('repeated headers are all kept in order, and get gives the first (STOMP 1.2 "Repeated Header Entries")', () => {
    const decoder = new codec.FrameDecoder({ frameBytes: 1000, headerCount: 10, headerBytes: 1000 }, 'server')
    decoder.push(codec.utf8Encode('MESSAGE\nfoo:World\nfoo:Hello\n\n\0'))
    const { headers } = decoder.read()!
    expect(headers.get('foo')).toBe('World')
    expect([...headers]).toEqual([
      ['foo', 'World'],
      ['foo', 'Hello'],
    ])
  })

  test.each(VERSIONS)('a line without a colon is refused in %s', (version) => {
    expect(codeOf(codec, 'SEND\ndestination\n\n\0', { version })).toBe('header-malformed')
    expect(codeOf(codec, 'SEND\na:b\n \n\0', { version })).toBe('header-malformed')
    expect(codeOf(codec, 'CONNECT\n  \n\0', { version })).toBe('header-malformed')
  })

  test.each(VERSIONS)('a header without a name is refused in %s (header-name = 1*OCTET)', (version) => {
    expect(codeOf(codec, 'SEND\n:b\n\n\0', { version })).toBe('header-malformed')
    expect(codeOf(codec, 'SEND\n:\n\n\0', { version })).toBe('header-malformed')
  })

  test('a name of nothing but spaces is no name in 1.0', () => {
    expect(codeOf(codec, 'SEND\n  :b\n\n\0', { version: '1.0' })).toBe('header-malformed')
    expect(codeOf(codec, 'CONNECT\n  :b\n\n\0')).toBe('header-malformed')
  })

  test.each(VERSIONS)(
    'an empty value is accepted in %s (STOMP 1.1 "Augmented BNF": header-value = *OCTET)',
    (version) => {
      expect(decodeOne(codec, 'CONNECT\nlogin:\npasscode:\n\n\0', { version }).headers).toEqual([
        ['login', ''],
        ['passcode', ''],
      ])
      expect(decodeOne(codec, 'SEND\na:\n\n\0', { version }).headers).toEqual([['a', '']])
    },
  )

  test.each(VERSIONS)('a NUL among the headers fails at once in %s: the blank line is missing', (version) => {
    expect(decode(codec, 'DISCONNECT\nreceipt:77\n\0', { version }).error).toMatchObject({
      code: 'header-malformed',
      receiptId: '77',
    })
    expect(codeOf(codec, 'SEND\na\0', { version })).toBe('header-malformed')
    expect(codeOf(codec, 'SEND\na:\0', { version })).toBe('header-malformed')
  })

  test.each(VERSIONS)('headers are UTF-8 in %s (STOMP 1.2 "Value Encoding")', (version) => {
    expect(
      decodeOne(codec, 'SEND\n방:손님\nemoji:😀\nsign:\ufffd\nbom:\ufeffx\n\n\0', { version }).headers,
    ).toEqual([
      ['방', '손님'],
      ['emoji', '😀'],
      ['sign', '\ufffd'],
      ['bom', '\ufeffx'],
    ])
  })

  test.each([
    ['a lone continuation octet', [0x80]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a sequence cut short', [0xed, 0x95]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['octets of latin1', [0xe9, 0x74, 0xe9]],
  ])('%s in a name or a value is refused', (_case, octets) => {
    for (const version of VERSIONS) {
      const [before, colon, after] = ['SEND\na', ':', '\n\n\0'].map((text) => codec.utf8Encode(text))
      expect(codeOf(codec, Uint8Array.of(...before!, ...colon!, ...octets, ...after!), { version })).toBe(
        'header-not-utf8',
      )
      expect(codeOf(codec, Uint8Array.of(...before!, ...octets, ...colon!, ...after!), { version })).toBe(
        'header-not-utf8',
      )
    }
  })

  test('a command in other letters that look alike is no command', () => {
    expect(codeOf(codec, 'ＳＥＮＤ\n\n\0')).toBe('command-unknown')
  })

  test('names as long as those of an object prototype are ordinary names', () => {
    expect(decodeOne(codec, 'SEND\n__proto__:a\nconstructor:b\n\n\0').headers).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })
})

describe.each(PLATFORMS)('the receipt of a bad frame, %s', (_, codec) => {
  test.each([
    ['an escape before it', 'SEND\nbad:\\t\nreceipt:r-1\n\n\0'],
    ['an escape after it', 'SEND\nreceipt:r-1\nbad:\\t\n\n\0'],
    ['its content-length', 'SEND\ncontent-length:x\nreceipt:r-1\n\n\0'],
    ['a line without a colon after it', 'SEND\nreceipt:r-1\nbad\n\n\0'],
    ['a body that is not allowed', 'SUBSCRIBE\nreceipt:r-1\n\nbody\0'],
    ['a body that does not end', 'SEND\nreceipt:r-1\ncontent-length:1\n\nab\0'],
  ])('is in the error when the frame is wrong by %s', (_case, text) => {
    expect(decode(codec, text).error?.receiptId).toBe('r-1')
  })

  test('is unescaped, and the first of several', () => {
    expect(decode(codec, 'SEND\nreceipt:a\\cb\nreceipt:c\nbad\n').error?.receiptId).toBe('a:b')
  })

  test('is missing when its line is not whole or itself wrong', () => {
    expect(decode(codec, 'SEND\nbad\nreceipt:r-1\n\n\0').error?.receiptId).toBeUndefined()
    expect(decode(codec, 'SEND\nreceipt:\\t\n\n\0').error?.receiptId).toBeUndefined()
    expect(decode(codec, 'SEND\nreceipt:r-1\0').error?.receiptId).toBeUndefined()
  })

  test('is not that of the frame before', () => {
    expect(decode(codec, 'BEGIN\nreceipt:r-1\n\n\0FOO\n').error?.receiptId).toBeUndefined()
  })
})
