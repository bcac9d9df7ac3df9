import { once } from 'node:events'
import { Client } from '@stomp/stompjs'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Tick } from './market.js'
import { open, start } from './server.js'

/** A page that shows prices. */
class Page {
  readonly client: Client
  readonly shown = new Map<string, Tick>()
  messages = 0
  bytes = 0
  /** Prices that came after a newer one of the same symbol. */
  disorder = 0
  readonly #events = new EventTarget()

  constructor(port: number, path: string) {
    this.client = new Client({
      reconnectDelay: 0,
      webSocketFactory: () => new WebSocket(`ws://127.0.0.1:${port}${path}`, ['v12.stomp']),
    })
    onTestFinished(() => this.client.deactivate({ force: true }))
  }

  async subscribe(): Promise<this> {
    const connected = new Promise<void>((resolve) => (this.client.onConnect = () => resolve()))
    this.client.activate()
    await connected
    const subscribed = new Promise<void>((resolve) => this.client.watchForReceipt('r', () => resolve()))
    this.client.subscribe(
      '/topic/ticks',
      ({ body, headers }) => {
        const tick = JSON.parse(body) as Tick
        const symbol = headers['symbol']!
        this.messages++
        this.bytes += body.length
        if (tick.serial <= (this.shown.get(symbol)?.serial ?? 0)) this.disorder++
        this.shown.set(symbol, tick)
        this.#events.dispatchEvent(new Event('tick'))
      },
      { receipt: 'r' },
    )
    await subscribed
    return this
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#events, 'tick')
  }
}

/** A line through which only as many bytes pass as it is given. */
class Valve {
  open = false
  #room = 0
  #waiting: { bytes: number; resolve: () => void } | undefined

  readonly pace = (bytes: number): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting = { bytes, resolve }
      this.#pass()
    })

  let(bytes: number): void {
    this.#room += bytes
    this.#pass()
  }

  openWide(): void {
    this.open = true
    this.#pass()
  }

  #pass(): void {
    const waiting = this.#waiting
    if (waiting === undefined || (!this.open && waiting.bytes > this.#room)) return
    this.#waiting = undefined
    if (!this.open) this.#room -= waiting.bytes
    waiting.resolve()
  }
}

test('a phone on a bad line gets the newest price of every symbol and never a backlog, others get all of them', async () => {
  const valve = new Valve()
  const { port, market, stomp, close } = await open(0, valve.pace)
  onTestFinished(close)
  valve.let(2_000)
  const desk = await new Page(port, '/stomp').subscribe()
  const phone = await new Page(port, '/bad-line').subscribe()
  const all = market.symbols.length
  const rounds = 200
  for (let round = 0; round < rounds; round++) {
    market.update(all)
    // A hundredth of what is published gets through.
    valve.let(300)
    await desk.until(() => desk.messages === (round + 1) * all)
    // One message of each symbol, and none more, waits for the phone.
    expect(stomp.metrics.waitingBytes).toBeLessThan(all * 300)
  }
  expect(desk.disorder).toBe(0)
  expect(market.serial).toBe(rounds * all)
  expect(phone.messages).toBeLessThan(market.serial / 20)

  const before = phone.messages
  valve.openWide()
  await phone.until(
    () => [...phone.shown.values()].filter(({ serial }) => serial > market.serial - all).length === all,
  )
  expect(phone.disorder).toBe(0)
  for (const [symbol, tick] of phone.shown) expect(tick).toEqual(desk.shown.get(symbol))
  // What was written already (64 KiB at most) and one of each symbol.
  expect(phone.messages - before).toBeLessThan(65_536 / 100 + 2 * all)

  market.update(all)
  await phone.until(() => phone.shown.get(market.symbols.at(-1)!)!.serial === market.serial)
  expect(stomp.metrics.waitingBytes).toBe(0)
  expect(stomp.metrics.slowDrops.get('/topic/ticks')).toBeGreaterThan(market.serial / 2)
})

test('every symbol has a name of its own, and prices go on by themselves', async () => {
  const { port, market, close } = await start(0)
  onTestFinished(close)
  expect(new Set(market.symbols).size).toBe(120)
  const page = await new Page(port, '/stomp').subscribe()
  await page.until(() => page.shown.size === 120)
  for (const path of ['/', '/ticker.js', '/style.css', '/icon.svg', '/stomp.js']) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status).toBe(200)
  }
  expect((await fetch(`http://127.0.0.1:${port}/none`)).status).toBe(404)
})
