import { FrameDecoder } from '@stomping-ground/codec'
import { queryObjects } from 'node:v8'
import { describe, expect, test } from 'vitest'
import { deferred, serve } from '../../test/kit.js'
import { messageMap } from '../messaging/message-map.js'
import { ManualClock, turn } from '../testing/manual-clock.js'

/** A server whose handler of /app/work is done when it is told to be. */
function worker(inboxBytes: number) {
  const done: (() => void)[] = []
  const bodies: unknown[] = []
  const server = serve({
    limits: { inboxBytes },
    messages: [
      messageMap().message('/work', {}, ({ body }) => {
        const work = deferred()
        bodies.push(body)
        done.push(work.resolve)
        return work.promise
      }),
    ],
  })
  return { ...server, done, bodies }
}

/** Time goes by as handlers work. */
class WorkingClock extends ManualClock {
  workedMs = 0

  override now(): number {
    return super.now() + this.workedMs
  }
}

/** A server whose handler of /app/work keeps the process busy for so long. */
function busy(ms: number, inboxBytes = 10_000) {
  const clock = new WorkingClock()
  const bodies: unknown[] = []
  const work = messageMap().message('/work', {}, ({ body }) => {
    bodies.push(body)
    clock.workedMs += ms
  })
  return { ...serve({ clock, limits: { inboxBytes }, messages: [work] }), bodies }
}

const send = (body: string): string => `SEND\ndestination:/app/work\n\n"${body}"\0`

describe('while a handler is at work', () => {
  test('the frames behind it wait, and then come one after the other', async () => {
    const { connect, done, bodies } = worker(10_000)
    const client = await connect()
    client.receive(send('a') + send('b'))
    client.receive(send('c'))
    await turn()
    expect(bodies).toEqual(['a'])
    done[0]!()
    await turn()
    expect(bodies).toEqual(['a', 'b'])
    done[1]!()
    await turn()
    expect(bodies).toEqual(['a', 'b', 'c'])
    expect(client.paused).toBe(false)
  })

  test('a frame may arrive in pieces meanwhile', async () => {
    const { connect, done, bodies } = worker(10_000)
    const client = await connect()
    client.receive(send('a') + send('b').slice(0, 20))
    for (const octet of send('b').slice(20)) client.receive(octet)
    done[0]!()
    await turn()
    expect(bodies).toEqual(['a', 'b'])
  })

  test('inboxBytes may wait without a pause; one more pauses the connection, and it is counted', async () => {
    const { connect, done, stomp } = worker(100)
    const client = await connect()
    client.receive(send('a'))
    client.receive('\n'.repeat(100))
    expect(client.paused).toBe(false)
    client.receive('\n')
    expect(client.paused).toBe(true)
    expect(stomp.metrics.inboxPauses).toBe(1)
    done[0]!()
    await turn()
    expect(client.paused).toBe(false)
  })

  test('a frame that fills the inbox pauses nothing while it is only being read', async () => {
    const { connect, bodies } = worker(50)
    const client = await connect()
    const frame = send('x'.repeat(200))
    client.receive(frame.slice(0, -1))
    expect(client.paused).toBe(false)
    client.receive(frame.slice(-1))
    expect(client.paused).toBe(false)
    expect(bodies).toHaveLength(1)
  })

  test('a paused connection is read again, and nothing is lost or out of order', async () => {
    const { connect, done, bodies, stomp } = worker(60)
    const client = await connect()
    const names = Array.from({ length: 20 }, (_, i) => `${i}`)
    for (const name of names) client.receive(send(name))
    for (const [i] of names.entries()) {
      done[i]!()
      await turn()
    }
    expect(bodies).toEqual(names)
    expect(client.paused).toBe(false)
    expect(stomp.metrics.inboxPauses).toBeGreaterThan(1)
  })

  test('the server takes no more than one chunk past inboxBytes, however much is sent', async () => {
    const { connect, stomp } = worker(100)
    const client = await connect()
    client.receive(send('a'))
    const before = stomp.metrics.bytesReceived
    for (let i = 0; i < 100; i++) client.receive('\n'.repeat(30))
    expect(stomp.metrics.bytesReceived - before).toBe(120)
  })

  test('the connection is read again while the next frame is at work, as long as no more waits than may', async () => {
    const { connect, done } = worker(100)
    const client = await connect()
    client.receive(send('a'))
    client.receive(send('b') + '\n'.repeat(100))
    expect(client.paused).toBe(true)
    done[0]!()
    await turn()
    expect(client.paused).toBe(false)
  })

  test('the session may end meanwhile: what waits is not handled', async () => {
    const { connect, done, bodies, stomp } = worker(10_000)
    const client = await connect()
    client.receive(send('a') + send('b'))
    stomp.sessions.all()[0]!.disconnect()
    done[0]!()
    await turn()
    expect(bodies).toEqual(['a'])
  })
})

describe('of many frames that come at once', () => {
  test('a part is carried out in each turn, in order; what others send comes between', async () => {
    const { connect, bodies } = busy(6)
    const [eager, other] = [await connect(), await connect()]
    eager.receive(['a', 'b', 'c', 'd', 'e'].map(send).join(''))
    eager.receive(send('f'))
    other.receive(send('x'))
    expect(bodies).toEqual(['a', 'b', 'x'])
    await turn()
    await turn()
    expect(bodies).toEqual(['a', 'b', 'x', 'c', 'd', 'e', 'f'])
  })

  test('a part is the same whether the connection brought it in one go or several', async () => {
    const { connect, bodies } = busy(6)
    const eager = await connect()
    for (const body of ['a', 'b', 'c']) eager.receive(send(body))
    expect(bodies).toEqual(['a', 'b'])
    await turn()
    expect(bodies).toEqual(['a', 'b', 'c'])
  })

  test('what waits for the next turn counts for inboxBytes', async () => {
    const { connect, bodies } = busy(10, 60)
    const client = await connect()
    client.receive(['a', 'b', 'c', 'd'].map(send).join(''))
    expect(client.paused).toBe(true)
    for (let i = 0; i < 3; i++) await turn()
    expect(bodies).toEqual(['a', 'b', 'c', 'd'])
    expect(client.paused).toBe(false)
  })

  test('all are carried out where the connection goes meanwhile', async () => {
    const { connect, bodies } = busy(10)
    const client = await connect()
    client.receive(['a', 'b', 'c'].map(send).join(''))
    client.cut()
    for (let i = 0; i < 3; i++) await turn()
    expect(bodies).toEqual(['a', 'b', 'c'])
  })

  test('none is carried out after the session has ended', async () => {
    const { connect, bodies, stomp } = busy(10)
    const client = await connect()
    client.receive(['a', 'b'].map(send).join(''))
    stomp.sessions.all()[0]!.disconnect()
    await turn()
    expect(bodies).toEqual(['a'])
  })
})

test('a session that waits for nothing keeps no decoder; one that waits for the rest of a frame does', async () => {
  const { connect } = serve()
  const decoders = (): number => queryObjects(FrameDecoder, { format: 'count' })
  const client = await connect()
  await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
  const idle = decoders()
  client.receive('UNSUBSCRIBE\n')
  expect(decoders()).toBe(idle + 1)
  client.receive('id:0\n\n\0')
  expect(decoders()).toBe(idle)
})
