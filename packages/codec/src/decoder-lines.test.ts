import { describe, expect, test } from 'vitest'
import { CLIENT_COMMANDS, SERVER_COMMANDS } from './index.js'
import { codeOf, decode, decodeOne, decoderOf, PLATFORMS, VERSIONS } from './testing/kit.js'

describe.each(PLATFORMS)('commands and lines, %s', (_, codec) => {
  test('a frame is a command, headers, a blank line, a body and NUL (STOMP 1.2 "STOMP Frames")', () => {
    expect(
      decodeOne(codec, 'SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\n\0'),
    ).toEqual({
      command: 'SEND',
      headers: [
        ['destination', '/queue/a'],
        ['content-type', 'text/plain'],
      ],
      body: 'hello queue a\n',
    })
  })

  test.each(CLIENT_COMMANDS)("%s is a client's command", (command) => {
    expect(decodeOne(codec, `${command}\n\n\0`)).toEqual({ command, headers: [], body: '' })
    expect(codeOf(codec, `${command}\n\n\0`, { from: 'server' })).toBe('command-unknown')
  })

  test.each(SERVER_COMMANDS)("%s is a server's command", (command) => {
    expect(decodeOne(codec, `${command}\n\n\0`, { from: 'server' })).toEqual({
      command,
      headers: [],
      body: '',
    })
    expect(codeOf(codec, `${command}\n\n\0`)).toBe('command-unknown')
  })

  test.each(['send', 'SEN', 'SENDS', 'SEND ', ' SEND', 'S\0ND', '\t', '\0', 'UNSUBSCRIBED', 'ＳＥＮＤ'])(
    'the command line %j is refused (STOMP 1.2 "STOMP Frames": commands are case sensitive)',
    (line) => {
      expect(codeOf(codec, `${line}\n\n\0`)).toBe('command-unknown')
    },
  )

  test('junk is refused as soon as it is longer than any command, without waiting for a line end', () => {
    expect(codeOf(codec, 'GET / HTTP/1.1')).toBe('command-unknown')
    expect(decode(codec, 'UNSUBSCRIBE\r')).toEqual({ frames: [] })
    expect(codeOf(codec, 'UNSUBSCRIBE\rx')).toBe('command-unknown')
    expect(codeOf(codec, 'UNSUBSCRIBEx\n')).toBe('command-unknown')
  })

  test('the error says nothing that the peer sent', () => {
    expect(decode(codec, '<script>alert(1)</script>').error?.message).toBe(
      'The frame does not begin with a STOMP command',
    )
  })

  test('lines may end in CR LF in 1.2 (STOMP 1.2 "Augmented BNF": EOL = [CR] LF)', () => {
    expect(decodeOne(codec, 'SEND\r\ndestination:/a\r\nempty:\r\nlf:b\n\r\n\r\nbody\r\n\0')).toEqual({
      command: 'SEND',
      headers: [
        ['destination', '/a'],
        ['empty', ''],
        ['lf', 'b'],
      ],
      body: '\r\nbody\r\n',
    })
  })

  test.each(['1.0', '1.1'] as const)(
    'in %s a CR is an octet of the value (STOMP 1.1 "Augmented BNF")',
    (version) => {
      expect(decodeOne(codec, 'SEND\na:b\r\nc:d\re\n\n\0', { version }).headers).toEqual([
        ['a', 'b\r'],
        ['c', 'd\re'],
      ])
      expect(codeOf(codec, 'SEND\r\na:b\n\n\0', { version })).toBe('command-unknown')
      expect(codeOf(codec, 'SEND\na:b\n\r\n\0', { version })).toBe('header-malformed')
    },
  )

  test.each(VERSIONS)('opening frames may have CR LF whatever the version is, here %s', (version) => {
    for (const command of ['CONNECT', 'STOMP']) {
      const text = `${command}\r\naccept-version:1.2\r\nhost:h\r\n\r\n\0`
      expect(decodeOne(codec, text, { version }).headers).toEqual([
        ['accept-version', '1.2'],
        ['host', 'h'],
      ])
    }
    expect(
      decodeOne(codec, 'CONNECTED\r\nversion:1.2\r\n\r\n\0', { version, from: 'server' }).headers,
    ).toEqual([['version', '1.2']])
  })

  test.each(['a\rb:c', 'a:b\rc', '\ra:b', 'a:\r\r'])(
    'a CR within the header line %j is refused in 1.2 (STOMP 1.2 "Augmented BNF": octets except CR or LF or ":")',
    (line) => {
      expect(codeOf(codec, `SEND\n${line}\n\n\0`)).toBe('header-malformed')
    },
  )

  test.each(VERSIONS)('line ends before, between and after frames are skipped in %s', (version) => {
    const { frames, error } = decode(
      codec,
      '\n\r\n\n\nBEGIN\na:1\n\n\0\n\n\r\n\nABORT\n\n\0COMMIT\n\n\0\r\n\n',
      { version },
    )
    expect(error).toBeUndefined()
    expect(frames.map(({ command }) => command)).toEqual(['BEGIN', 'ABORT', 'COMMIT'])
  })

  test('a CR between frames that no LF follows is refused', () => {
    expect(codeOf(codec, 'BEGIN\n\n\0\r\r\n')).toBe('command-unknown')
    expect(codeOf(codec, '\rBEGIN\n\n\0')).toBe('command-unknown')
    expect(decode(codec, '\r')).toEqual({ frames: [] })
  })

  test('heart-beats are not held', () => {
    const decoder = decoderOf(codec, { limits: { frameBytes: 8, headerBytes: 8 } })
    for (let i = 0; i < 100; i++) {
      decoder.push(codec.utf8Encode('\n\n\n\n\n\r\n\n\n\n\n'))
      expect(decoder.read()).toBeUndefined()
      expect(decoder.bufferedBytes).toBe(0)
    }
  })

  test('a NUL between frames is refused (STOMP 1.2 "Augmented BNF": only EOLs follow the NULL)', () => {
    expect(decode(codec, 'BEGIN\n\n\0\0BEGIN\n\n\0').frames).toHaveLength(1)
    expect(codeOf(codec, 'BEGIN\n\n\0\0BEGIN\n\n\0')).toBe('command-unknown')
  })
})
