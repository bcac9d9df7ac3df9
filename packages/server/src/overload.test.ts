import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { heard } from '../test/kit.js'
import { PriceReader } from '../test/price-reader.js'
import type { Wiring } from '../test/price-reader.js'
import { DISCONNECTS } from './errors.js'
import type { StompServerOptions } from './options.js'
import { createStompServer } from './server.js'
import type { StompServer } from './server.js'
import { turn } from './testing/manual-clock.js'

const SYMBOLS = Array.from({ length: 20 }, (_, i) => `S${i}`)
const PADDING = 'x'.repeat(4_000)
/** More than the kernel holds for one connection on this machine: what its send and its receive buffer may grow to. */
const PAST_SOCKETS = 48_000_000
const limits = { outboxBytes: 1_000_000, outboxStallMs: 600_000, outboxStandstillMs: 600_000 }

/** A server whose prices are published no faster than those read who keep up. */
class Exchange {
  readonly stomp: StompServer
  readonly #ports = new Map<Wiring, number>()
  published = 0
  mostWaiting = 0

  private constructor(stomp: StompServer) {
    this.stomp = stomp
  }

  static async open(options: StompServerOptions = {}): Promise<Exchange> {
    const exchange = new Exchange(createStompServer({ limits, ...options }))
    const { stomp } = exchange
    const http = createServer()
    stomp.attach(http, { path: '/stomp' })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    exchange.#ports.set('WebSocket', (http.address() as AddressInfo).port)
    exchange.#ports.set('TCP', (await stomp.listenTcp({ port: 0 })).port)
    onTestFinished(async () => {
      http.close()
      await stomp.close()
    })
    return exchange
  }

  reader(wiring: Wiring): Promise<PriceReader> {
    return PriceReader.open(wiring, this.#ports.get(wiring)!, '/topic/prices')
  }

  readers(wiring: Wiring, count: number): Promise<PriceReader[]> {
    return Promise.all(Array.from({ length: count }, () => this.reader(wiring)))
  }

  /** Publishes so many messages, and lets these have each part before the next. */
  async publish(messages: number, keepUp: readonly PriceReader[]): Promise<void> {
    for (let sent = 0; sent < messages;) {
      for (let i = 0; i < 20; i++, sent++) {
        const serial = this.published++
        const symbol = SYMBOLS[serial % SYMBOLS.length]!
        await this.stomp.messaging.send('/topic/prices', `${serial} ${PADDING}`, { headers: { symbol } })
      }
      this.mostWaiting = Math.max(this.mostWaiting, this.stomp.metrics.waitingBytes)
      for (const reader of keepUp) await reader.until(() => reader.messages >= this.published)
      await turn()
    }
  }

  /** The newest serial of every symbol. */
  get newest(): Map<string, number> {
    const first = this.published - SYMBOLS.length
    const last = SYMBOLS.map((_, i) => first + i)
    return new Map(last.map((serial) => [SYMBOLS[serial % SYMBOLS.length]!, serial]))
  }
}

const gotAll = (reader: PriceReader, { published }: Exchange): void => {
  expect([reader.messages, reader.disorder]).toEqual([published, 0])
}

describe.each(['WebSocket', 'TCP'] as const)('over %s, a reader that stops', (wiring) => {
  test('of what keeps the latest costs no more than its bound, harms nobody, and then gets the newest and no backlog', async () => {
    const exchange = await Exchange.open({
      slowConsumers: [{ destination: '/topic/prices', policy: 'keep-latest', key: 'symbol' }],
    })
    const stopped = await exchange.reader(wiring)
    const others = await exchange.readers(wiring, 3)
    stopped.socket.pause()
    await exchange.publish(PAST_SOCKETS / PADDING.length, others)
    for (const other of others) gotAll(other, exchange)
    // One message of each symbol, with its headers.
    expect(exchange.mostWaiting).toBeGreaterThan(0)
    expect(exchange.mostWaiting).toBeLessThan(SYMBOLS.length * (PADDING.length + 300))
    stopped.socket.resume()
    await stopped.until(() =>
      [...exchange.newest].every(([name, serial]) => stopped.newest.get(name) === serial),
    )
    expect(stopped.disorder).toBe(0)
    expect(stopped.bytes).toBeLessThan(PAST_SOCKETS / 2)
    await exchange.publish(200, [])
    await stopped.until(() =>
      [...exchange.newest].every(([name, serial]) => stopped.newest.get(name) === serial),
    )
    expect(exchange.stomp.metrics.waitingBytes).toBe(0)
  })

  test('of what drops the oldest costs no more than its bound, harms nobody, and then gets the newest in order', async () => {
    const exchange = await Exchange.open({
      slowConsumers: [{ destination: '/topic/prices', policy: 'drop-oldest', bytes: 100_000 }],
    })
    const stopped = await exchange.reader(wiring)
    const others = await exchange.readers(wiring, 3)
    stopped.socket.pause()
    await exchange.publish(PAST_SOCKETS / PADDING.length, others)
    for (const other of others) gotAll(other, exchange)
    expect(exchange.mostWaiting).toBeGreaterThan(90_000)
    expect(exchange.mostWaiting).toBeLessThanOrEqual(100_000)
    stopped.socket.resume()
    const last = exchange.published - 1
    await stopped.until(() => stopped.newest.get(SYMBOLS[last % SYMBOLS.length]!) === last)
    expect(stopped.disorder).toBe(0)
    expect(exchange.stomp.metrics.waitingBytes).toBe(0)
  })

  test('of all else is disconnected within its bound, and harms nobody', async () => {
    const exchange = await Exchange.open()
    const slow = heard(exchange.stomp, 'slow')
    const ended = new Promise((resolve) => {
      exchange.stomp.events.on('disconnected', ({ reason }) => resolve(reason))
    })
    const stopped = await exchange.reader(wiring)
    const others = await exchange.readers(wiring, 3)
    stopped.socket.pause()
    await exchange.publish(PAST_SOCKETS / PADDING.length, others)
    for (const other of others) gotAll(other, exchange)
    expect(exchange.mostWaiting).toBeGreaterThan(900_000)
    expect(exchange.mostWaiting).toBeLessThanOrEqual(1_000_000)
    expect(slow).toMatchObject([{ destination: '/topic/prices', policy: 'disconnect' }])
    expect(exchange.stomp.metrics.waitingBytes).toBe(0)
    stopped.socket.resume()
    await stopped.gone()
    expect(await ended).toBe(DISCONNECTS.slow)
  })
})

describe.each(['WebSocket', 'TCP'] as const)('over %s, many slow readers', (wiring) => {
  test('of what keeps the latest, each reading a little now and then, harm nobody and miss no newest', async () => {
    const exchange = await Exchange.open({
      slowConsumers: [{ destination: '/topic/prices', policy: 'keep-latest', key: 'symbol' }],
    })
    const slow = await exchange.readers(wiring, 10)
    const fast = await exchange.readers(wiring, 10)
    for (const reader of slow) reader.socket.pause()
    for (let part = 0; part < 8; part++) {
      await exchange.publish(200, fast)
      // A few take what lies in their sockets, and stop again.
      for (const reader of slow.slice(0, part)) reader.socket.resume()
      await exchange.publish(20, fast)
      for (const reader of slow) reader.socket.pause()
    }
    for (const reader of fast) gotAll(reader, exchange)
    expect(exchange.mostWaiting).toBeLessThan(slow.length * SYMBOLS.length * (PADDING.length + 300))
    for (const reader of slow) reader.socket.resume()
    for (const reader of slow) {
      await reader.until(() =>
        [...exchange.newest].every(([name, serial]) => reader.newest.get(name) === serial),
      )
      expect(reader.disorder).toBe(0)
    }
    expect(exchange.stomp.metrics.waitingBytes).toBe(0)
    expect(exchange.stomp.metrics.disconnects.get('slow')).toBeUndefined()
  })
})
