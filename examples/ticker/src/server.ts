import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStompServer } from 'stomping-ground'
import type { StompServer } from 'stomping-ground'
import { BadLine, bytesPerSecond } from './bad-line.js'
import type { Pace } from './bad-line.js'
import { Market } from './market.js'
import { servePage } from './page.js'

const SYMBOLS = 120
const UPDATES_PER_SECOND = 10_000
const EVERY_MS = 10
/** A phone at the edge of its cell. */
const BAD_LINE_BYTES_PER_SECOND = 64_000

export interface Ticker {
  readonly port: number
  readonly stomp: StompServer
  readonly market: Market
  readonly close: () => Promise<void>
}

/**
 * A market on a port of this machine, closed until somebody updates its prices; 0 takes a free one. Pages connect at
 * `/stomp`, and at `/bad-line` through a line of this pace.
 */
export async function open(port: number, pace: Pace): Promise<Ticker> {
  const stomp = createStompServer({
    // A reader that is too slow has one message of each symbol waiting: the newest.
    slowConsumers: [{ destination: '/topic/ticks', policy: 'keep-latest', key: 'symbol' }],
  })
  stomp.events.on('failed', ({ error, during }) => console.error(`ticker: ${during}:`, error))
  const market = new Market(SYMBOLS, (symbol, tick) => {
    void stomp.messaging.send('/topic/ticks', tick, { headers: { symbol } })
  })

  const http = createServer(servePage)
  http.on('upgrade', (request, socket, head) => {
    if (request.url === '/bad-line') stomp.handleUpgrade(request, new BadLine(socket, pace), head)
  })
  stomp.attach(http, { path: '/stomp' })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')

  return {
    port: (http.address() as AddressInfo).port,
    stomp,
    market,
    close: async () => {
      await stomp.drain({ withinMs: 2_000 })
      http.close()
      http.closeAllConnections()
    },
  }
}

/** Opens a market, and updates its prices ten thousand times a second. */
export async function start(port: number): Promise<Ticker> {
  const ticker = await open(port, bytesPerSecond(BAD_LINE_BYTES_PER_SECOND))
  let last = performance.now()
  const timer = setInterval(() => {
    // By the clock: timers are late, and a late one makes up for it, for a tenth of a second at most.
    const now = performance.now()
    ticker.market.update(Math.round((Math.min(now - last, 100) * UPDATES_PER_SECOND) / 1000))
    last = now
  }, EVERY_MS)
  return {
    ...ticker,
    close: async () => {
      clearInterval(timer)
      await ticker.close()
    },
  }
}
