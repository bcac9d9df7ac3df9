import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { selfSigned } from '../../test/certificate.js'
import { TcpClient } from '../../test/tcp-client.js'
import { serveTcp } from '../../test/tcp-server.js'
import { StompError } from '../errors.js'
import { allow } from '../messaging/permissions.js'
import type { ConnectRequest } from '../authentication.js'
import type { StompUser } from '../stomp-session.js'

const SERVER = selfSigned('localhost')
const CLIENT = selfSigned('client one')
const STRANGER = selfSigned('client one')

async function tlsClient(port: number, options: ConnectionOptions = {}): Promise<TcpClient> {
  const halfOpen = { allowHalfOpen: true }
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: SERVER.cert,
    ...halfOpen,
    ...options,
  })
  await once(socket, 'secureConnect')
  return new TcpClient(socket)
}

function nameOfCertificate({ certificate }: ConnectRequest): StompUser {
  const name = certificate?.subject.CN
  if (typeof name !== 'string') throw new StompError('authentication-failed')
  return { name }
}

describe('STOMP over TLS', () => {
  test('is the same conversation', async () => {
    const { port } = await serveTcp({ permissions: { send: [allow('/topic/**')] } }, { tls: SERVER })
    const client = await tlsClient(port)
    await client.connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('SEND', { destination: '/topic/a' }, '한글')
    client.send('DISCONNECT', { receipt: 'r' })
    expect(await client.texts(3)).toEqual(['MESSAGE | 한글', 'RECEIPT'])
    client.socket.end()
    expect(await client.closed).toBeUndefined()
  })

  test('answers a client that closes its side', async () => {
    const { port } = await serveTcp({}, { tls: SERVER })
    const client = await tlsClient(port)
    client.socket.end(client.bytes('CONNECT', { 'accept-version': '1.2', host: 'h' }))
    expect(await client.texts(2)).toEqual(['CONNECTED'])
    expect(await client.closed).toBeUndefined()
  })

  test('hands the subject of a proven client certificate to authenticate', async () => {
    const tls = { ...SERVER, requestCert: true, ca: CLIENT.cert }
    const { port, stomp } = await serveTcp({ authenticate: nameOfCertificate }, { tls })
    const client = await tlsClient(port, CLIENT)
    const connected = await client.connect()
    expect(connected.headers.get('user-name')).toBe('client one')
    expect(stomp.sessions.all().map(({ user }) => user.name)).toEqual(['client one'])
  })

  test.each([
    ['no certificate', {}],
    ['one of the same name that nobody trusts', STRANGER],
  ])('a client with %s does not get in where one is required', async (_, identity) => {
    const tls = { ...SERVER, requestCert: true, ca: CLIENT.cert }
    const { port, stomp } = await serveTcp({ authenticate: nameOfCertificate }, { tls })
    const client = await tlsClient(port, identity)
    client.send('CONNECT', { 'accept-version': '1.2', host: 'h' })
    expect(await client.next()).toBeUndefined()
    expect(stomp.metrics.connections).toBe(0)
  })

  test.each([
    ['no certificate', {}],
    ['one of the same name that nobody trusts', STRANGER],
  ])('where one is optional, authenticate gets none from a client with %s', async (_, identity) => {
    const tls = { ...SERVER, requestCert: true, ca: CLIENT.cert, rejectUnauthorized: false }
    const { port } = await serveTcp({ authenticate: nameOfCertificate }, { tls })
    const client = await tlsClient(port, identity)
    client.send('CONNECT', { 'accept-version': '1.2', host: 'h' })
    expect(await client.texts(2, 'code')).toEqual([
      'ERROR code=authentication-failed | The credentials were not accepted.',
    ])
    client.socket.end()
  })

  test('a listener that asks for no certificate hands none over', async () => {
    let request: ConnectRequest | undefined
    const authenticate = (asked: ConnectRequest): StompUser => {
      request = asked
      return { name: '' }
    }
    const { port } = await serveTcp({ authenticate }, { tls: SERVER })
    const client = await tlsClient(port, CLIENT)
    await client.connect()
    expect(request).toMatchObject({ certificate: undefined })
  })

  test('bytes that are no handshake make no session and harm nobody', async () => {
    const { port, stomp } = await serveTcp({}, { tls: SERVER })
    const plain = await TcpClient.open(port)
    plain.socket.write('CONNECT\n\n\0')
    expect(await plain.next()).toBeUndefined()
    expect(stomp.metrics.connections).toBe(0)
    const client = await tlsClient(port)
    expect((await client.connect()).command).toBe('CONNECTED')
  })
})
