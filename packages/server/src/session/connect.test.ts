import { describe, expect, test } from 'vitest'
import { headersOf, heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { VERSION } from '../server.js'

describe('STOMP 1.2 "Protocol Negotiation"', () => {
  test.each([
    ['1.0', '1.0'],
    ['1.1', '1.1'],
    ['1.2', '1.2'],
    ['1.0,1.1', '1.1'],
    ['1.1,1.2,1.0', '1.2'],
    ['1.0, 1.2 ,2.1', '1.2'],
  ])('of accept-version:%s the server takes the highest that it speaks, %s', async (offered, version) => {
    const client = serve().open()
    client.send('CONNECT', { 'accept-version': offered, host: 'x' })
    const connected = await client.next()
    expect(connected?.command).toBe('CONNECTED')
    expect(connected?.headers.get('version')).toBe(version)
  })

  test('a client that names no version speaks 1.0', async () => {
    const client = serve().open()
    client.send('CONNECT')
    expect(headersOf(await client.next())).toMatchObject({ version: '1.0' })
  })

  test.each(['2.1', '', '1.20', '1'])(
    'accept-version:%s has no version in common: ERROR names those there are, then the connection closes',
    async (offered) => {
      const { open } = serve()
      const client = open()
      client.send('CONNECT', { 'accept-version': offered, host: 'x' })
      expect(await client.frames('version', 'code', 'content-type')).toEqual([
        'ERROR version=1.0,1.1,1.2 code=version-unsupported content-type=text/plain;charset=utf-8 | ' +
          'Supported protocol versions are 1.0, 1.1, 1.2.',
      ])
      expect(client.closeReason).toBe(DISCONNECTS.refused)
    },
  )

  test('the negotiated version decides how headers are read and written', async () => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': '1.1' })
    // STOMP 1.1 "Value Encoding": \r is no escape of 1.1
    client.receive('SUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:a\\r\n\n\0')
    expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=escape-undefined')])
  })
})

describe('STOMP 1.2 "CONNECTED Frame"', () => {
  test('tells version, session, server and the heart-beats that the server can keep', async () => {
    const { open, stomp } = serve({ heartbeat: { outgoingMs: 4000, incomingMs: 9000 } })
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
    expect(headersOf(await client.next())).toEqual({
      version: '1.2',
      session: stomp.sessions.all()[0]!.id,
      server: `stomping-ground/${VERSION}`,
      'heart-beat': '4000,9000',
    })
  })

  test('every session has an id of its own', async () => {
    const { connect, stomp } = serve()
    await connect()
    await connect()
    const [one, other] = stomp.sessions.all()
    expect(one!.id).not.toBe(other!.id)
    expect(one!.id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('in 1.0 there is no heart-beat header, and the server is named as the options say', async () => {
    const client = serve({ serverName: 'mine/7' }).open()
    client.send('CONNECT', { 'heart-beat': '1000,1000' })
    const headers = headersOf(await client.next())
    expect(headers).toMatchObject({ version: '1.0', server: 'mine/7' })
    expect(headers).not.toHaveProperty('heart-beat')
  })

  test('names the user, and a name of two lines forges no header', async () => {
    const { open } = serve({ authenticate: () => ({ name: 'Ann\nadmin:yes' }) })
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
    const headers = headersOf(await client.next())
    expect(headers).toMatchObject({ 'user-name': 'Ann admin:yes' })
    expect(headers).not.toHaveProperty('admin')
  })
})

describe('STOMP 1.2 "CONNECT or STOMP Frame"', () => {
  test('STOMP is handled as CONNECT', async () => {
    const client = serve().open()
    client.send('STOMP', { 'accept-version': '1.2', host: 'x' })
    expect(await client.frames('version')).toEqual(['CONNECTED version=1.2'])
  })

  test('a client without a host header still gets in', async () => {
    const client = serve().open()
    client.send('CONNECT', { 'accept-version': '1.1' })
    expect(await client.frames('version')).toEqual(['CONNECTED version=1.1'])
  })

  test.each(['CONNECT', 'STOMP'] as const)(
    'a second %s is refused, and ends the session',
    async (command) => {
      const { connect } = serve()
      const client = await connect()
      client.send(command, { 'accept-version': '1.2', host: 'x' })
      expect(await client.frames('code')).toEqual([
        'ERROR code=connect-repeated | This session is connected already.',
      ])
      expect(client.closeReason).toBe(DISCONNECTS.refused)
    },
  )

  test.each(['SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'ACK', 'BEGIN', 'DISCONNECT'] as const)(
    '%s before CONNECT is refused, and the connection closes',
    async (command) => {
      const { open, stomp } = serve()
      const refused = heard(stomp, 'refused')
      const client = open()
      client.send(command, { destination: '/topic/a', id: '1', receipt: 'r' })
      expect(await client.frames('code', 'receipt-id')).toEqual([
        'ERROR code=connect-expected receipt-id=r | The first frame has to be CONNECT or STOMP.',
      ])
      expect(client.closeReason).toBe(DISCONNECTS.refused)
      expect(refused).toMatchObject([{ session: undefined, code: 'connect-expected', command }])
    },
  )

  test('bytes that are no STOMP are refused before CONNECT', async () => {
    const client = serve().open()
    client.receive('GET / HTTP/1.1\r\n\r\n')
    expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=command-unknown')])
    expect(client.gone).toBe(true)
  })

  test('frames sent along with CONNECT are handled after it', async () => {
    const client = serve().open()
    client.receive(
      'CONNECT\naccept-version:1.2\nhost:x\n\n\0\nSUBSCRIBE\nid:1\ndestination:/topic/a\nreceipt:r\n\n\0',
    )
    expect(await client.frames('receipt-id')).toEqual(['CONNECTED', 'RECEIPT receipt-id=r'])
  })
})

describe('STOMP 1.2 "Heart-beating", the header', () => {
  test.each(['1000', '1000,', ',', '-1,0', '1.5,0', 'a,b', '1000,1000,1000', '99999999999,0', ' 1,2'])(
    'heart-beat:%s is refused',
    async (value) => {
      const client = serve().open()
      client.receive(`CONNECT\naccept-version:1.2\nhost:x\nheart-beat:${value}\n\n\0`)
      expect(await client.frames('code')).toEqual([
        'ERROR code=header-invalid | heart-beat has to be two numbers of milliseconds, such as 10000,10000.',
      ])
    },
  )

  test('STOMP 1.0 has no heart-beats: whatever stands in the header is ignored', async () => {
    const { open } = serve()
    const client = open()
    client.send('CONNECT', { 'heart-beat': 'a,b' })
    expect(await client.frames('version')).toEqual(['CONNECTED version=1.0'])
  })
})
