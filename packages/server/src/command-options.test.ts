import { describe, expect, test } from 'vitest'
import { USAGE, parseCommand } from './command-options.js'

const defaults = {
  host: '127.0.0.1',
  port: 8080,
  path: '/stomp',
  tcpPort: undefined,
  allowPublish: false,
  origins: [],
}

describe('the command line', () => {
  test('left empty means the defaults', () => {
    expect(parseCommand([])).toEqual(defaults)
  })

  test.each([
    [['--port', '0'], { port: 0 }],
    [['--port=65535'], { port: 65_535 }],
    [['--host', '::1'], { host: '::1' }],
    [['--path', '/'], { path: '/' }],
    [['--path', '/a/b-c'], { path: '/a/b-c' }],
    [['--tcp-port', '0'], { tcpPort: 0 }],
    [['--tcp-port', '61614'], { tcpPort: 61_614 }],
    [['--allow-publish'], { allowPublish: true }],
    [
      ['--allow-origin', 'https://a.example', '--allow-origin', 'http://b.example:8080'],
      { origins: ['https://a.example', 'http://b.example:8080'] },
    ],
    [['--allow-origin', '*'], { origins: ['*'] }],
  ])('%j', (args, options) => {
    expect(parseCommand(args)).toEqual({ ...defaults, ...options })
  })

  test('--help and --version go before everything else that is right', () => {
    expect(parseCommand(['--help', '--port', 'x'])).toBe('help')
    expect(parseCommand(['--version'])).toBe('version')
  })

  test.each([
    [['--port', '65536'], '--port has to be 0 to 65535, not 65536'],
    [['--port', '-1'], 'port'],
    [['--port', '80a'], '--port has to be 0 to 65535, not 80a'],
    [['--port', ''], '--port has to be 0 to 65535, not '],
    [['--port', '1e3'], '--port has to be 0 to 65535, not 1e3'],
    [['--tcp-port', 'off'], '--tcp-port has to be 0 to 65535, not off'],
    [['--path', 'stomp'], '--path has to begin with a slash, not stomp'],
    [['--path', '/a?b'], '--path has to begin with a slash, not /a?b'],
    [['--host', ''], '--host cannot be empty'],
    [['--allow-origin', 'a.example'], 'not a.example'],
    [['--allow-origin', 'https://a.example/'], 'not https://a.example/'],
    [['--prot', '1'], 'prot'],
    [['--port'], 'port'],
    [['stray'], 'stray'],
  ])('%j is a mistake, and the answer names it', (args, message) => {
    expect(parseCommand(args)).toEqual({ errors: [expect.stringContaining(message) as string] })
  })

  test('all mistakes are named at once', () => {
    expect(parseCommand(['--port', 'x', '--path', 'y', '--host', '', '--allow-origin', 'z'])).toEqual({
      errors: [
        expect.stringContaining('--port') as string,
        expect.stringContaining('--path') as string,
        expect.stringContaining('--host') as string,
        expect.stringContaining('--allow-origin') as string,
      ],
    })
  })

  test('every option is in the usage', () => {
    for (const name of [
      'host',
      'port',
      'path',
      'tcp-port',
      'allow-publish',
      'allow-origin',
      'help',
      'version',
    ]) {
      expect(USAGE).toContain(`--${name}`)
    }
  })
})
