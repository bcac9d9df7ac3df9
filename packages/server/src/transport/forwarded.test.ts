import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { listen } from '../../test/websocket-kit.js'
import { forwardedAddress } from './forwarded.js'
import type { TrustedProxies } from './forwarded.js'

function address(
  trusted: TrustedProxies | undefined,
  header: string | undefined,
  socket = '10.0.0.1',
): string {
  const headers = header === undefined ? {} : { 'x-forwarded-for': header }
  return forwardedAddress(trusted)({ headers, socket: { remoteAddress: socket } } as IncomingMessage)
}

describe('X-Forwarded-For', () => {
  test('is not believed unless a proxy is trusted', () => {
    expect(address(undefined, '192.0.2.1')).toBe('10.0.0.1')
    expect(address(0, '192.0.2.1')).toBe('10.0.0.1')
    expect(address([], '192.0.2.1')).toBe('10.0.0.1')
  })

  test('is read from its end, as many proxies as there are: what the client wrote before does not count', () => {
    expect(address(1, '192.0.2.1')).toBe('192.0.2.1')
    expect(address(1, '198.51.100.9, 192.0.2.1')).toBe('192.0.2.1')
    expect(address(2, '198.51.100.9, 192.0.2.1, 10.0.0.2')).toBe('192.0.2.1')
    expect(address(9, '192.0.2.1')).toBe('192.0.2.1')
    expect(address(1, undefined)).toBe('10.0.0.1')
    expect(address(1, '')).toBe('10.0.0.1')
  })

  test('is read from its end, as long as the addresses are trusted ones', () => {
    const proxies = ['10.0.0.0/8', '2001:db8::/32', '203.0.113.7']
    expect(address(proxies, '192.0.2.1')).toBe('192.0.2.1')
    expect(address(proxies, '198.51.100.9, 192.0.2.1, 203.0.113.7, 2001:db8::9')).toBe('192.0.2.1')
    expect(address(proxies, '192.0.2.1', '::ffff:10.1.1.1')).toBe('192.0.2.1')
    // Somebody who is no proxy writes the header itself.
    expect(address(proxies, '192.0.2.1', '198.51.100.9')).toBe('198.51.100.9')
    expect(address(proxies, '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3')
  })

  test('may hold ports and brackets; what is no address ends it', () => {
    expect(address(1, '192.0.2.1:5555')).toBe('192.0.2.1')
    expect(address(1, '[2001:db8::1]:5555')).toBe('2001:db8::1')
    expect(address(2, '192.0.2.1, unknown')).toBe('10.0.0.1')
    expect(address(1, '<script>')).toBe('10.0.0.1')
  })

  test.each<TrustedProxies>([
    -1,
    1.5,
    ['10.0.0.0/33'],
    ['10.0.0.0/8/8'],
    ['proxy.example'],
    [''],
    ['fe80::/129'],
  ])('trustProxy cannot be %j', (trusted) => {
    expect(() => forwardedAddress(trusted)).toThrow(/trustProxy/)
  })
})

test('the address that a trusted proxy tells is the session’s, and that of a connection turned away', async () => {
  const site = await listen({ trustProxy: ['127.0.0.0/8'] })
  const page = await site.open('/stomp', [], { headers: { 'x-forwarded-for': '192.0.2.1, 192.0.2.2' } })
  await page.connect()
  expect(site.stomp.sessions.all().map(({ remoteAddress }) => remoteAddress)).toEqual(['192.0.2.2'])
  const rejected: string[] = []
  site.stomp.events.on('rejected', ({ remoteAddress }) => rejected.push(remoteAddress))
  await site.refusal('/stomp', {
    origin: 'https://evil.example',
    headers: { 'x-forwarded-for': '192.0.2.3' },
  })
  expect(rejected).toEqual(['192.0.2.3'])
})
