import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'

describe('the time to CONNECT', () => {
  test('ends with ERROR and close when no CONNECT came in connectMs, and not before', async () => {
    const { clock, open, stomp } = serve({ limits: { connectMs: 1000 } })
    const disconnected = heard(stomp, 'disconnected')
    const client = open()
    await clock.advance(999)
    expect(client.gone).toBe(false)
    await clock.advance(1)
    expect(await client.frames('code')).toEqual(['ERROR code=connect-timeout | No CONNECT arrived in time.'])
    expect(client.closeReason).toBe(DISCONNECTS.refused)
    expect(disconnected).toEqual([])
  })

  test('runs on while bytes trickle in and while the credentials are looked at', async () => {
    const { clock, open } = serve({
      limits: { connectMs: 1000 },
      authenticate: () => deferred<{ name: string }>().promise,
    })
    const client = open()
    await clock.advance(500)
    client.receive('CONNECT\naccept-version:1.2\n')
    await clock.advance(400)
    client.receive('host:x\n\n\0')
    await clock.advance(100)
    expect(await client.frames('code')).toEqual([expect.stringContaining('connect-timeout')])
  })

  test('is over once CONNECT has succeeded', async () => {
    const { clock, connect } = serve({ limits: { connectMs: 1000 } })
    const client = await connect({ 'heart-beat': '0,0' })
    await clock.advance(60_000)
    expect(client.gone).toBe(false)
  })
})

describe('STOMP 1.2 "Size Limits", before CONNECT has succeeded', () => {
  const connectOf = (bytes: number): string => {
    const bare = 'CONNECT\naccept-version:1.2\nhost:x\npad:\n\n\0'
    return bare.replace('pad:', `pad:${'x'.repeat(bytes - bare.length)}`)
  }

  test('a frame of connectFrameBytes is taken', async () => {
    const client = serve({ limits: { connectFrameBytes: 100 } }).open()
    client.receive(connectOf(100))
    expect(await client.frames('version')).toEqual(['CONNECTED version=1.2'])
  })

  test('a frame of one byte more is refused', async () => {
    const client = serve({ limits: { connectFrameBytes: 100 } }).open()
    client.receive(connectOf(101))
    expect(await client.frames('code')).toEqual([
      'ERROR code=frame-too-large | The frame is longer than 100 bytes',
    ])
    expect(client.gone).toBe(true)
  })

  test('after it, frameBytes holds: at the limit taken, one past it refused', async () => {
    const { connect } = serve({ limits: { connectFrameBytes: 100, frameBytes: 300 } })
    const client = await connect()
    const sendOf = (bytes: number): string => {
      const bare = 'SEND\ndestination:/topic/a\n\n\0'
      return `${bare.slice(0, -1)}${'x'.repeat(bytes - bare.length)}\0`
    }
    client.receive(sendOf(300))
    expect(await client.frames('code')).toEqual([expect.stringContaining('code=permission-denied')])
    const other = await connect()
    other.receive(sendOf(301))
    expect(await other.frames('code')).toEqual([expect.stringContaining('code=frame-too-large')])
  })

  test('connectFrameBytes above frameBytes lifts nothing', async () => {
    const client = serve({ limits: { connectFrameBytes: 1000, frameBytes: 100 } }).open()
    client.receive(connectOf(101))
    expect(await client.frames('code')).toEqual([expect.stringContaining('code=frame-too-large')])
  })
})

describe('the limits of a frame’s headers', () => {
  const connect = (lines: string): string => `CONNECT\naccept-version:1.2\nhost:x\n${lines}\n\0`

  test('headerCount headers are taken, one more is refused', async () => {
    const { open } = serve({ limits: { headerCount: 4 } })
    const one = open()
    one.receive(connect('a:1\nb:2\n'))
    expect(await one.frames()).toEqual(['CONNECTED'])
    const other = open()
    other.receive(connect('a:1\nb:2\nc:3\n'))
    expect(await other.frames('code')).toEqual([expect.stringContaining('code=too-many-headers')])
  })

  test('headerBytes of headers are taken, one more is refused', async () => {
    const fits = connect('a:1\n').length - 1
    const { open } = serve({ limits: { headerBytes: fits } })
    const one = open()
    one.receive(connect('a:1\n'))
    expect(await one.frames()).toEqual(['CONNECTED'])
    const other = open()
    other.receive(connect('a:12\n'))
    expect(await other.frames('code')).toEqual([expect.stringContaining('code=headers-too-large')])
  })
})

describe('connectionsPerAddress', () => {
  test('an address gets as many as it may have, others are not disturbed', async () => {
    const { open } = serve({ limits: { connectionsPerAddress: 2 } })
    const clients = [open(), open(), open(), open({ remoteAddress: '198.51.100.7' })]
    const answers = await Promise.all(clients.map((client) => client.frames('code')))
    expect(answers).toEqual([[], [], [expect.stringContaining('code=too-many-connections')], []])
    expect(clients.map(({ gone }) => gone)).toEqual([false, false, true, false])
  })

  test('a place is free again when a connection is gone, but not when it was refused', async () => {
    const { open } = serve({ limits: { connectionsPerAddress: 1 } })
    const first = open()
    const refused = open()
    await refused.frames()
    expect(refused.gone).toBe(true)
    const refusedToo = open()
    expect(await refusedToo.frames('code')).toHaveLength(1)
    first.cut()
    const second = open()
    expect(await second.frames('code')).toEqual([])
    expect(second.gone).toBe(false)
  })
})

describe('connectionsPerPrivateAddress', () => {
  test('holds for addresses that are usually a proxy’s', async () => {
    const { open } = serve({ limits: { connectionsPerAddress: 1, connectionsPerPrivateAddress: 2 } })
    const clients = [1, 2, 3].map(() => open({ remoteAddress: '10.0.0.1' }))
    const answers = await Promise.all(clients.map((client) => client.frames('code')))
    expect(answers).toEqual([[], [], [expect.stringContaining('code=too-many-connections')]])
  })

  test('IPv6 addresses of one customer are one address', async () => {
    const { open } = serve({ limits: { connectionsPerAddress: 1 } })
    const clients = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'].map((remoteAddress) =>
      open({ remoteAddress }),
    )
    const answers = await Promise.all(clients.map((client) => client.frames('code')))
    expect(answers).toEqual([[], [expect.stringContaining('code=too-many-connections')], []])
  })
})
