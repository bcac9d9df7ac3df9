import { describe, expect, test } from 'vitest'
import { utf8Decode } from '@stomping-ground/codec'
import { headersOf, heard, serve } from '../../test/kit.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { turn } from '../testing/manual-clock.js'

const handled: unknown[] = []
const messages = [
  messageMap()
    .message('/note', {}, ({ body }) => void handled.push(body))
    .message('/fail/{how}', {}, ({ params }) => {
      const error = new StompError('out-of-tea', 'There is no tea:\r\nnone.', { detail: 'Not\na drop.' })
      if (params.how === 'late') return Promise.reject(error)
      throw error
    }),
]
const note = 'SEND\ndestination:/app/note\n\n"handled"\0'
const unreadable = 'SEND\ndestination\nreceipt:7\n\n\0'

describe('STOMP 1.2 "ERROR"', () => {
  test('has message, code, receipt-id and a body, and the connection closes after it', async () => {
    const { connect } = serve({ messages })
    const client = await connect()
    client.send('SEND', { destination: '/app/fail/now', receipt: 'message-12345' })
    expect(headersOf(await client.next())).toEqual({
      message: 'There is no tea: none.',
      code: 'out-of-tea',
      'receipt-id': 'message-12345',
      'content-type': 'text/plain;charset=utf-8',
      'content-length': '11',
    })
    expect(client.closeReason).toBe(DISCONNECTS.refused)
  })

  test('its body is the detail, or else the message', async () => {
    const { connect } = serve({ messages })
    const one = await connect()
    one.send('SEND', { destination: '/app/fail/now' })
    expect(utf8Decode((await one.arrival()).body)).toBe('Not\na drop.')
    const other = await connect()
    other.send('SEND', { destination: '/app/nowhere' })
    const error = await other.arrival()
    expect(utf8Decode(error.body)).toBe(error.headers.get('message'))
  })

  test('has no receipt-id where the frame asked for no receipt', async () => {
    const { connect } = serve({ messages })
    const client = await connect()
    client.send('SEND', { destination: '/app/nowhere' })
    expect(headersOf(await client.next())).not.toHaveProperty('receipt-id')
  })

  test('has the receipt-id of a frame that could not be read, where that line could', async () => {
    const { connect } = serve()
    const client = await connect()
    client.receive('SEND\nreceipt:a\\cb\ndestination\n\n\0')
    expect(await client.frames('code', 'receipt-id')).toEqual([
      expect.stringContaining('ERROR code=header-malformed receipt-id=a:b'),
    ])
  })

  test('is told to the refused event', async () => {
    const { connect, stomp } = serve({ messages })
    const refused = heard(stomp, 'refused')
    const client = await connect()
    const [session] = stomp.sessions.all()
    client.send('SEND', { destination: '/app/fail/now' })
    expect(refused).toEqual([
      {
        session,
        sessionId: session!.id,
        remoteAddress: '192.0.2.1',
        code: 'out-of-tea',
        message: 'There is no tea:\r\nnone.',
        command: 'SEND',
        destination: '/app/fail/now',
      },
    ])
    expect(stomp.metrics.refusals.get('out-of-tea')).toBe(1)
  })

  test.each(['now', 'late'])('what followed the bad frame is not processed, thrown %s', async (how) => {
    handled.length = 0
    const { connect } = serve({ messages })
    const client = await connect()
    client.receive(`${note}SEND\ndestination:/app/fail/${how}\n\n\0${note}`)
    client.receive(note)
    expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=out-of-tea')])
    client.receive(note)
    await turn()
    expect(handled).toEqual(['handled'])
    expect(client.gone).toBe(true)
  })

  test('is sent once, whatever else is wrong behind it', async () => {
    const { connect } = serve({ messages })
    const client = await connect()
    client.receive(`${unreadable}${unreadable}NONSENSE\n\n\0`)
    expect(await client.frames()).toHaveLength(1)
  })

  test('does not disturb other sessions', async () => {
    const { connect, stomp } = serve({ messages })
    const [bad, good] = [await connect(), await connect()]
    await good.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await bad.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    bad.receive(unreadable)
    await stomp.messaging.send('/topic/a', 'x')
    expect(await bad.frames()).toEqual([expect.stringContaining('ERROR')])
    expect(await good.frames()).toEqual(['MESSAGE | x'])
    expect(good.gone).toBe(false)
  })

  test('comes after what was delivered before it', async () => {
    const { connect, stomp } = serve({ messages })
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'x')
    client.send('SEND', { destination: '/app/nowhere' })
    await stomp.messaging.send('/topic/a', 'y')
    expect(await client.frames('code')).toEqual([
      'MESSAGE | x',
      expect.stringContaining('ERROR code=destination-not-handled'),
    ])
  })
})

describe('ERROR in STOMP 1.0', () => {
  const errorLines = async (headers: Record<string, string>, frame: string): Promise<string[]> => {
    const { open } = serve({
      messages,
      authenticate: ({ login }) => {
        if (login === 'bad') throw new StompError('authentication-failed', 'Wrong: bad.')
        return { name: '' }
      },
    })
    const client = open()
    client.send('CONNECT', headers)
    if (frame !== '') client.receive(frame)
    await turn()
    return utf8Decode(client.written.at(-1)!).split('\n')
  }

  test('its headers are single lines, without escapes', async () => {
    const lines = await errorLines({}, 'SEND\ndestination:/app/fail/now\n\n\0')
    expect(lines).toContain('message:There is no tea: none.')
  })

  test('also when it is the CONNECT that is refused', async () => {
    expect(await errorLines({ login: 'bad' }, '')).toContain('message:Wrong: bad.')
  })

  test('and in 1.2 they are escaped', async () => {
    expect(await errorLines({ 'accept-version': '1.2', login: 'bad' }, '')).toContain('message:Wrong\\c bad.')
  })
})

describe('x-error-mode: keep', () => {
  const keep = { 'x-error-mode': 'keep' }

  test.each(['now', 'late'])(
    'a refused frame gets its ERROR, thrown %s, and the session goes on',
    async (how) => {
      handled.length = 0
      const { connect } = serve({ messages })
      const client = await connect(keep)
      client.receive(`SEND\ndestination:/app/fail/${how}\nreceipt:1\n\n\0${note}`)
      expect(await client.frames('code', 'receipt-id')).toEqual([
        'ERROR code=out-of-tea receipt-id=1 | Not\na drop.',
      ])
      expect(handled).toEqual(['handled'])
      expect((await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })).command).toBe('RECEIPT')
      expect(client.gone).toBe(false)
    },
  )

  test('a refused SUBSCRIBE leaves the other subscriptions as they were', async () => {
    const { connect, stomp } = serve()
    const client = await connect(keep)
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/b' })
    await stomp.messaging.send('/topic/a', 'x')
    await stomp.messaging.send('/topic/b', 'y')
    expect(await client.frames()).toEqual(['MESSAGE | x'])
  })

  test('where the boundary of the frame is not sound, the session ends', async () => {
    handled.length = 0
    const { connect } = serve({ messages })
    const client = await connect(keep)
    client.receive(unreadable + note)
    expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=header-malformed')])
    expect(client.closeReason).toBe(DISCONNECTS.refused)
    expect(handled).toEqual([])
  })

  test('a refused CONNECT ends the connection', async () => {
    const client = serve().open()
    client.send('CONNECT', { 'accept-version': '9', ...keep })
    expect(await client.frames('code')).toEqual([expect.stringContaining('version-unsupported')])
    expect(client.gone).toBe(true)
  })

  test('another value of the header keeps nothing', async () => {
    const { connect } = serve()
    const client = await connect({ 'x-error-mode': 'close' })
    client.send('UNSUBSCRIBE', { id: '0' })
    await client.frames()
    expect(client.gone).toBe(true)
  })
})
