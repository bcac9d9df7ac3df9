import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { Socket, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { HttpClient, ask } from '../../test/http.js'
import { heard } from '../../test/kit.js'
import { newSession } from '../../test/sockjs.js'
import { listen } from '../../test/websocket-kit.js'
import { systemClock } from '../clock.js'
import type { Clock } from '../clock.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { createStompServer } from '../server.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { Admission } from './admission.js'
import type { AdmissionCounts, Candidate } from './admission.js'
import type { Accept } from './connection.js'
import { Endpoint } from './endpoint.js'
import { mount } from './http-mount.js'
import { listenTcp } from './tcp.js'
import { BUSY } from './upgrade.js'

class Joining extends EventEmitter {
  destroyed = false
}

/** An admission whose handshakes take 4 of the 10 ms that they may have of a turn. */
function admission(handshakesWaiting = 100): {
  enter: (name: string, one?: Joining) => boolean
  served: string[]
  counts: AdmissionCounts
  it: Admission
} {
  const clock = new ManualClock()
  const served: string[] = []
  const counts = { handshakesWaiting: 0, turnsWaiting: 0 }
  const it = new Admission({ clock, handshakeMs: 10, handshakesWaiting, counts })
  const enter = (name: string, one = new Joining()): boolean =>
    it.enter(one, () => {
      served.push(name)
      void clock.advance(4)
    })
  return { enter, served, counts, it }
}

/** The event loop's next turn, up to the moment at which writes are made. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('new connections', () => {
  test('are served at once while the turn has time left, then in the next turns, in order', async () => {
    const { enter, served } = admission()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) expect(enter(name)).toBe(true)
    expect(served.join('')).toBe('abc')
    await nextTurn()
    expect(served.join('')).toBe('abcdef')
    expect(enter('h')).toBe(true)
    expect(served.join('')).toBe('abcdef')
    await nextTurn()
    expect(served.join('')).toBe('abcdefgh')
  })

  test('have the whole of each turn again', async () => {
    const { enter, served } = admission()
    for (const name of ['a', 'b', 'c']) enter(name)
    await turn()
    await turn()
    for (const name of ['d', 'e', 'f', 'g']) enter(name)
    expect(served.join('')).toBe('abcdef')
    await turn()
    expect(served.join('')).toBe('abcdefg')
  })

  test('that are gone when their turn comes are passed over, and an error meanwhile harms nobody', async () => {
    const { enter, served } = admission()
    const [gone, failing] = [new Joining(), new Joining()]
    for (const name of ['a', 'b', 'c']) enter(name)
    enter('gone', gone)
    enter('failing', failing)
    failing.emit('error', new Error('reset'))
    gone.emit('error', new Error('reset'))
    gone.destroyed = true
    await turn()
    expect(served).toEqual(['a', 'b', 'c', 'failing'])
    expect([gone.listenerCount('error'), failing.listenerCount('error')]).toEqual([0, 0])
  })

  test('are refused where as many wait as may, and not before', async () => {
    const { enter, served, counts, it } = admission(2)
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(enter(name)).toBe(true)
    expect([it.waiting, counts.handshakesWaiting]).toEqual([2, 2])
    expect(enter('f')).toBe(false)
    await turn()
    expect(served.join('')).toBe('abcde')
    expect([it.waiting, counts.handshakesWaiting]).toEqual([0, 0])
    expect(enter('g')).toBe(true)
  })

  test('that cannot be served hold up none that wait', async () => {
    const { it, enter, served } = admission()
    const thrown: unknown[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error))
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException')
      for (const one of others) process.on('uncaughtException', one)
    })
    for (const name of ['a', 'b', 'c']) enter(name)
    it.enter(new Joining(), () => {
      throw new Error('cannot be served')
    })
    enter('d')
    await turn()
    await turn()
    expect(thrown).toEqual([new Error('cannot be served')])
    expect(served.join('')).toBe('abcd')
  })
})

describe('connections that were let in', () => {
  test('go on before new ones are served, are counted while they wait, and tell who goes on behind them', async () => {
    const { it, enter, served, counts } = admission()
    for (const name of ['a', 'b', 'c', 'd']) enter(name)
    const behind = it.inTurn(() => served.push('x'))!.then(() => served.push('behind x'))
    it.goOn(() => served.push('y'))
    expect(served.join()).toBe('a,b,c')
    expect(counts).toEqual({ handshakesWaiting: 1, turnsWaiting: 2 })
    await behind
    expect(served.join()).toBe('a,b,c,x,y,d,behind x')
    expect(counts).toEqual({ handshakesWaiting: 0, turnsWaiting: 0 })
    await turn()
    expect(it.inTurn(() => served.push('z'))).toBeUndefined()
    expect(served.at(-1)).toBe('z')
  })

  test('that fail in their turn fail those behind them, and nobody else', async () => {
    const { it, enter, served } = admission()
    for (const name of ['a', 'b', 'c']) enter(name)
    const failing = it.inTurn(() => {
      throw new Error('cannot leave')
    })
    it.goOn(() => served.push('y'))
    await expect(failing).rejects.toThrow('cannot leave')
    expect(served.join('')).toBe('abcy')
  })

  test('have of a turn what they take, and not twice what they take within what another takes', () => {
    const { it, enter, served } = admission()
    it.goOn(() => enter('a'))
    for (const name of ['b', 'c', 'd']) enter(name)
    expect(served.join('')).toBe('abc')
  })
})

describe('a turn of the event loop that takes long', () => {
  function long() {
    const clock = new ManualClock()
    let flushed = 0
    const it = new Admission({ clock, handshakeMs: 10, handshakesWaiting: 1, flush: () => flushed++ })
    return { clock, it, flushed: () => flushed }
  }

  test('writes what has been published, as often as it has taken handshakeMs', async () => {
    const { clock, it, flushed } = long()
    const after = (ms: number): number => {
      void clock.advance(ms)
      it.passes()
      return flushed()
    }
    expect([after(50), after(9), after(1), after(0), after(9), after(1)]).toEqual([0, 0, 1, 1, 1, 2])
    void clock.advance(9)
    await nextTurn()
    expect([after(9), after(9), after(1)]).toEqual([2, 2, 3])
  })

  test.each<[string, (it: Admission) => void]>([
    ['a connection comes', (it) => it.enter(new Joining(), () => {})],
    ['one goes on', (it) => it.goOn(() => {})],
    [
      'a request of HTTP comes',
      (it) => {
        const endpoint = new Endpoint({ path: '/stomp', accept: () => failed(), admission: it })
        endpoint.handleAsked(new Socket(), false)
      },
    ],
  ])('does so where %s', (_, happens) => {
    const { clock, it, flushed } = long()
    it.passes()
    void clock.advance(10)
    happens(it)
    expect(flushed()).toBe(1)
  })
})

function failed(): never {
  throw new Error('There is no connection here')
}

/** By this clock every handshake takes longer than a turn may give to all of them. */
function slowClock(): Clock {
  let now = 0
  return { ...systemClock, now: () => (now += 1) }
}

const CLIENTS = 20

describe('a storm of clients', () => {
  test('over WebSocket is served whole, one in each turn if need be', async () => {
    const { port, stomp } = await listen({ clock: slowClock(), limits: { handshakeMs: 1 } })
    const clients = Array.from({ length: CLIENTS }, () => new WebSocket(`ws://127.0.0.1:${port}/stomp`))
    onTestFinished(() => clients.forEach((client) => client.terminate()))
    const connected = clients.map(async (client) => {
      await once(client, 'open')
      client.send('CONNECT\naccept-version:1.2\nhost:x\n\n\0')
      const [frame] = (await once(client, 'message')) as [Buffer]
      return frame.toString().split('\n')[0]
    })
    expect(await Promise.all(connected)).toEqual(clients.map(() => 'CONNECTED'))
    expect(stomp.metrics.handshakesWaiting).toBe(0)
    expect(stomp.metrics.rejections.size).toBe(0)
  })

  test('past handshakesWaiting is told to come again, with status 503', async () => {
    const stomp = createStompServer({
      clock: slowClock(),
      limits: { handshakeMs: 1, handshakesWaiting: 1 },
    })
    const rejected = heard(stomp, 'rejected')
    const asked: (() => void)[] = []
    const http = createServer().on('upgrade', (request, socket, head) => {
      asked.push(() => stomp.handleUpgrade(request, socket, head))
      // All within one turn: one is served at once, one waits, and one is too many.
      if (asked.length === 3) for (const upgrade of asked) upgrade()
    })
    const port = await listening(http)
    const statuses = Array.from({ length: 3 }, () => statusOfUpgrade(port))
    expect((await Promise.all(statuses)).toSorted((a, b) => a - b)).toEqual([101, 101, 503])
    expect(rejected).toEqual([{ remoteAddress: '127.0.0.1', status: 503, message: BUSY }])
    await stomp.close()
  })
})

/** An admission that has no room. */
class Full extends Admission {
  constructor() {
    super({ clock: systemClock, handshakeMs: 1, handshakesWaiting: 1 })
  }

  override enter(): boolean {
    return false
  }
}

describe('where there is no room to wait', () => {
  const accept = (): never => {
    throw new Error('nobody is served')
  }

  test('an endpoint answers WebSockets and new SockJS sessions with 503', async () => {
    const rejected: number[] = []
    const endpoint = new Endpoint({
      path: '/stomp',
      sockjs: true,
      accept,
      admission: new Full(),
      rejected: (_, status) => rejected.push(status),
    })
    const http = createServer()
    mount(http, endpoint)
    const port = await listening(http)
    expect(await statusOfUpgrade(port)).toBe(503)
    expect(await ask(port, 'POST', `/stomp${newSession()}/xhr`)).toMatchObject({ status: 503 })
    expect((await ask(port, 'GET', '/stomp/info')).status).toBe(200)
    expect(rejected).toEqual([503, 503])
  })

  test('a TCP connection is closed', async () => {
    const rejected: string[] = []
    const listener = await listenTcp(
      { port: 0 },
      {
        accept,
        admission: new Full(),
        rejected: (...told) => rejected.push(told.join(' ')),
        clock: systemClock,
        limits: DEFAULT_LIMITS,
      },
    )
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'close')
    expect(rejected).toEqual([`127.0.0.1 503 ${BUSY}`])
    listener.close()
  })
})

test('two requests that open one SockJS session while they wait have one session', async () => {
  const turns: (() => void)[] = []
  class Later extends Admission {
    override enter(_: Candidate, serve: () => void): boolean {
      turns.push(serve)
      if (turns.length === 2) for (const turn of turns) turn()
      return true
    }
  }
  const admission = new Later({ clock: systemClock, handshakeMs: 1, handshakesWaiting: 1 })
  let handlers = 0
  const accept: Accept = () => {
    handlers++
    return { received: () => {}, drained: () => {}, closed: () => {} }
  }
  const endpoint = new Endpoint({ path: '/stomp', sockjs: true, accept, admission })
  const http = createServer()
  mount(http, endpoint)
  onTestFinished(() => endpoint.close())
  const port = await listening(http)
  const path = `/stomp${newSession()}/xhr`
  const clients = [await HttpClient.open(port), await HttpClient.open(port)]
  // The first one gets the opening frame; the other one receives, and so its answer waits.
  for (const client of clients) client.send('POST', path)
  expect((await Promise.race(clients.map((client) => client.head()))).status).toBe(200)
  expect([handlers, endpoint.sockJsSessions]).toEqual([1, 1])
})

async function listening(http: Server): Promise<number> {
  http.listen(0, '127.0.0.1')
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  await once(http, 'listening')
  return (http.address() as AddressInfo).port
}

async function statusOfUpgrade(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(
    'GET /stomp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  const [bytes] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return Number(bytes.toString().split(' ')[1])
}
