import { describe, expect, test } from 'vitest'
import { relaySettings } from './settings.js'

describe('the relay’s options', () => {
  test('a url names host, port, user and virtual host', () => {
    expect(relaySettings({ url: 'stomps://ann:p%40ss@broker.example:61614/shop%2F1' }).addresses).toEqual([
      {
        host: 'broker.example',
        port: 61_614,
        tls: true,
        virtualHost: 'shop/1',
        login: 'ann',
        passcode: 'p@ss',
      },
    ])
    expect(relaySettings({ url: ['stomp://one', 'stomp://[::1]:1'] }).addresses).toEqual([
      { host: 'one', port: 61_613, tls: false, virtualHost: '/', login: 'guest', passcode: 'guest' },
      { host: '::1', port: 1, tls: false, virtualHost: '/', login: 'guest', passcode: 'guest' },
    ])
  })

  test('several hosts share all the rest of a url', () => {
    const { addresses } = relaySettings({ url: 'stomp://ann:p%2Cw@one:1,two,[::1]:3/shop' })
    expect(addresses.map(({ host, port }) => [host, port])).toEqual([
      ['one', 1],
      ['two', 61_613],
      ['::1', 3],
    ])
    for (const { login, passcode, virtualHost } of addresses) {
      expect([login, passcode, virtualHost]).toEqual(['ann', 'p,w', 'shop'])
    }
  })

  test('local lists patterns of topics', () => {
    const [local] = relaySettings({ url: 'stomp://x', local: ['/topic/a/{b}'] }).local
    expect(local!.match('/topic/a/1')).toEqual({ b: '1' })
    expect(
      relaySettings({ url: 'stomp://x', local: ['/user/queue/a'] }).local.map(({ source }) => source),
    ).toEqual(['/user-topic/name/*/queue/a', '/user-topic/session/*/queue/a'])
    for (const wrong of ['/queue/a', 'topic', '/topic/**/a', '/user']) {
      expect(() => relaySettings({ url: 'stomp://x', local: [wrong] })).toThrow(TypeError)
    }
  })

  test.each([
    '',
    'broker:61613',
    'http://broker',
    'stomp://',
    'stomp://one,',
    'stomp://one,,two',
    'stomp://one,http://two',
    'stomp://one:65536',
    'stomp://one/a?b=1',
    'stomp://one#a',
    'stomp://a%zz@one',
  ])('%j is no url of a broker', (url) => {
    expect(() => relaySettings({ url })).toThrow(TypeError)
  })

  test('what is wrong in a url is told without its passcode', () => {
    const message = (url: string): string => {
      try {
        relaySettings({ url })
        return ''
      } catch (error) {
        return String(error)
      }
    }
    expect(message('http://ann:secret@broker')).toMatch(/^TypeError: (?!.*secret)/)
    for (const url of ['stomp://ann:secret@:x', 'stomp://ann:secret@a,:x', 'stomp://ann:secret%zz@a']) {
      expect(message(url)).toMatch(/^TypeError: (?!.*secret)/)
    }
    expect(() => relaySettings({ url: [] })).toThrow('The relay needs the url of a broker')
  })

  test.each([
    'connectMs',
    'reconnectMs',
    'waitMs',
    'waiting',
    'sendBytes',
    'frameBytes',
    'prefetch',
  ] as const)('%s has to be a positive whole number', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => relaySettings({ url: 'stomp://x', [name]: value })).toThrow(RangeError)
    }
    expect(relaySettings({ url: 'stomp://x', [name]: 1 })[name]).toBe(1)
  })

  test('heart-beats may be off, and words have to be known ones', () => {
    expect(relaySettings({ url: 'stomp://x', heartbeatSendMs: 0 }).heartbeatSendMs).toBe(0)
    expect(() => relaySettings({ url: 'stomp://x', dialect: 'x' as never })).toThrow(TypeError)
    expect(() => relaySettings({ url: 'stomp://x', whenUnavailable: 'x' as never })).toThrow(TypeError)
  })
})
