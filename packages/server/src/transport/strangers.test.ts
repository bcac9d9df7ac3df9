import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../test/websocket-kit.js'
import { ManualClock } from '../testing/manual-clock.js'
import { Strangers } from './strangers.js'

/** A socket that tells whether it is read. */
class Caller {
  read = true
  destroyed = false

  pause(): void {
    this.read = false
  }

  resume(): void {
    this.read = true
  }
}

const socketOf = (caller: Caller): Socket => caller as unknown as Socket

/** So many callers, one after the other. */
async function callers(count: number, options: { crowded?: () => boolean } = {}) {
  const clock = new ManualClock()
  const strangers = new Strangers({ clock, crowded: options.crowded ?? (() => false) })
  const all: Caller[] = []
  const come = async (more: number): Promise<void> => {
    for (let i = 0; i < more; i++) {
      const caller = new Caller()
      all.push(caller)
      strangers.came(socketOf(caller))
    }
    // They are paused in the next tick.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await come(count)
  const readOnes = (): number[] => all.flatMap(({ read }, index) => (read ? [index] : []))
  const asks = (index: number, upgraded = false): void => strangers.asked(socketOf(all[index]!), upgraded)
  return { clock, strangers, all, come, asks, readOnes }
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index)

test('as many are read as can ask at once; the next when one of them has asked, in order', async () => {
  const { asks, readOnes, strangers } = await callers(131)
  expect(readOnes()).toEqual(upTo(128))
  asks(5)
  expect(readOnes()).toEqual(upTo(129))
  asks(5)
  asks(7)
  expect(readOnes()).toEqual(upTo(130))
  expect(strangers.waiting).toBe(1)
})

test('who comes while others wait waits behind them', async () => {
  const { asks, come, readOnes } = await callers(129)
  asks(0)
  asks(1)
  await come(1)
  expect(readOnes()).toEqual(upTo(130))
})

test('who does not ask loses the place to those who wait, and is read all the same', async () => {
  const { clock, come, readOnes, strangers } = await callers(128)
  await clock.advance(60)
  await come(200)
  await clock.advance(99)
  expect(readOnes()).toEqual(upTo(128))
  await clock.advance(1)
  expect(readOnes()).toEqual(upTo(320))
  await clock.advance(100)
  expect(readOnes()).toEqual(upTo(328))
  expect([strangers.waiting, clock.pending]).toEqual([0, 0])
})

test('who has kept silent for long keeps nobody waiting', async () => {
  const { clock, come, readOnes } = await callers(128)
  await clock.advance(100)
  await come(2)
  expect(readOnes()).toEqual(upTo(130))
})

test('a long line that keeps silent is read faster and faster, one that asks is not', async () => {
  const { clock, come, asks, readOnes, strangers } = await callers(10_128)
  await clock.advance(400)
  expect(readOnes().length).toBe(128 + 192 + 288 + 432 + 648)
  await clock.advance(500)
  expect(strangers.waiting).toBe(0)
  await clock.advance(100)
  await come(200)
  for (let index = 10_128; index < 10_256; index++) asks(index)
  await come(200)
  expect(readOnes().length).toBe(10_128 + 128 + 128)
})

test('who is gone while it waits takes no place', async () => {
  const { all, clock, readOnes } = await callers(600)
  for (const caller of all.slice(128, 500)) caller.destroyed = true
  await clock.advance(100)
  expect(readOnes()).toEqual([...upTo(128), ...upTo(600).slice(500)])
})

test('who has asked without being read, as over TLS, is read from then on, or by whom it is upgraded', async () => {
  const { asks, readOnes, strangers } = await callers(130)
  asks(128)
  asks(129, true)
  expect(readOnes()).toEqual(upTo(129))
  expect(strangers.waiting).toBe(0)
})

test('who is gone without having asked keeps nobody waiting', async () => {
  const { all, come, readOnes } = await callers(128)
  for (const caller of all) caller.destroyed = true
  await come(1)
  expect(readOnes()).toContain(128)
})

test('nobody more is read while those who have asked wait in a crowd', async () => {
  let crowded = true
  const { readOnes, strangers } = await callers(3, { crowded: () => crowded })
  expect(readOnes()).toEqual([])
  strangers.readOn()
  expect(readOnes()).toEqual([])
  crowded = false
  strangers.readOn()
  expect(readOnes()).toEqual([0, 1, 2])
})

test('a connection that two endpoints of one server tell of counts once', async () => {
  const { all, strangers, readOnes, come } = await callers(1)
  for (let i = 0; i < 200; i++) strangers.came(socketOf(all[0]!))
  await come(1)
  expect(readOnes()).toEqual([0, 1])
})

test('many that connect first and ask then, all at once, are all served, and other requests too', async () => {
  const { port, http } = await listen()
  http.on('request', (_, response) => response.end('here'))
  const sockets = await Promise.all(
    upTo(400).map(async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }),
  )
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
  const answers = sockets.map(async (socket, index) => {
    const headers =
      index % 10 === 0
        ? ''
        : 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
          'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    socket.write(`GET /stomp HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    return Number(bytes.toString().split(' ')[1])
  })
  expect(await Promise.all(answers)).toEqual(upTo(400).map((index) => (index % 10 === 0 ? 200 : 101)))
})
