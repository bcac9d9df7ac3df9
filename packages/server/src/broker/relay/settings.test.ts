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

  test.each(['', 'broker:61613', 'http://broker', 'stomp://'])('%j is no url of a broker', (url) => {
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
    expect(message('stomp://ann:secret@:x')).toMatch(/^TypeError: (?!.*secret)/)
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
