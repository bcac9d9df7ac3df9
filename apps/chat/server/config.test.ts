import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, OPTIONS, readConfig } from './config.js'

function mistakes(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes
    throw error
  }
  return []
}

describe('the configuration', () => {
  it('has a default for everything, also for what is set to nothing', () => {
    const defaults = {
      host: '127.0.0.1',
      port: 8080,
      dataDir: resolve('data'),
      brokerUrl: undefined,
      nodeAddress: undefined,
      nodeSecret: undefined,
      trustProxy: 0,
      logLevel: 'info',
      allowedOrigins: [],
      editMs: 86_400_000,
      openRooms: false,
      stompTcpPort: 61_613,
      sockJsClientUrl: '/sockjs-client/1.6.1/sockjs.min.js',
    }
    expect(readConfig({})).toEqual(defaults)
    expect(readConfig(Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, ' '])))).toEqual(defaults)
  })

  it('reads everything', () => {
    const env = {
      HOST: '::',
      PORT: '0',
      DATA_DIR: '/var/lib/chat',
      DATABASE_URL: 'postgresql://chat:se%20cret@db.example:5433/chat?sslmode=require',
      BROKER_URL: 'stomps://chat:p%40ss@one.example,two.example:61614/chat',
      NODE_ADDRESS: 'http://[fd00::7]:8080',
      NODE_SECRET: 'known to the nodes',
      TRUST_PROXY: '10.0.0.0/8, ::1',
      LOG_LEVEL: 'silent',
      ALLOWED_ORIGINS: 'https://a.example, http://b.example:8081 ,',
      OPEN_ROOMS: 'true',
      STOMP_TCP_PORT: '0',
      EDIT_MINUTES: '15',
      SOCKJS_CLIENT_URL: 'https://a.example/sockjs.js',
    }
    expect(readConfig(env)).toEqual({
      host: '::',
      port: 0,
      dataDir: '/var/lib/chat',
      databaseUrl: 'postgresql://chat:se%20cret@db.example:5433/chat?sslmode=require',
      brokerUrl: 'stomps://chat:p%40ss@one.example,two.example:61614/chat',
      nodeAddress: 'http://[fd00::7]:8080',
      nodeSecret: 'known to the nodes',
      trustProxy: ['10.0.0.0/8', '::1'],
      logLevel: 'silent',
      allowedOrigins: ['https://a.example', 'http://b.example:8081'],
      editMs: 900_000,
      openRooms: true,
      stompTcpPort: 0,
      sockJsClientUrl: 'https://a.example/sockjs.js',
    })
  })

  it('names all mistakes at once', () => {
    const env = {
      HOST: 'a b',
      PORT: '65536',
      BROKER_URL: 'amqp://chat:secret@broker',
      NODE_ADDRESS: 'https://10.0.0.7',
      NODE_SECRET: 'known to few',
      TRUST_PROXY: 'the one in front',
      LOG_LEVEL: 'loud',
      ALLOWED_ORIGINS: 'a.example',
      OPEN_ROOMS: 'yes',
      SOCKJS_CLIENT_URL: 'sockjs.js',
    }
    expect(mistakes(env)).toEqual([
      'HOST has to be a host name or an address, not "a b".',
      'PORT has to be a number from 0 to 65535, not "65536".',
      'BROKER_URL has to begin with stomp:// or stomps://, not amqp://.',
      'NODE_ADDRESS has to be of the form http://10.0.0.7:8080, not "https://10.0.0.7".',
      'NODE_SECRET has to be of at least 16 characters.',
      'TRUST_PROXY has to be a number of proxies, or list addresses such as 10.0.0.0/8, not "the one in front".',
      'LOG_LEVEL has to be one of trace, debug, info, warn, error, fatal, silent, not "loud".',
      'ALLOWED_ORIGINS has to list origins such as https://chat.example.com, not "a.example".',
      'OPEN_ROOMS has to be true or false, not "yes".',
      'SOCKJS_CLIENT_URL has to be the address of a script, such as https://a.example/sockjs.min.js, not "sockjs.js".',
    ])
  })

  it.each([{ NODE_ADDRESS: 'http://10.0.0.7:8080' }, { NODE_SECRET: 'known to the nodes' }])(
    'takes %o only with the other',
    (env) =>
      expect(mistakes(env)).toEqual(['NODE_ADDRESS and NODE_SECRET go together: one of them is missing.']),
  )

  it.each([
    'chat',
    'mysql://u:secret@h/d',
    'postgres://u:secret@h',
    'postgres://u:secret@h/',
    'postgres:///d',
  ])('takes no database %s, and shows nobody the password in it', (DATABASE_URL) =>
    expect(mistakes({ DATABASE_URL })).toEqual([
      'DATABASE_URL has to be of the form postgres://user:password@host:5432/database.',
    ]),
  )

  it.each(['-1', '1e3', '80.5', '0x50', 'http'])('takes no port %s', (PORT) =>
    expect(mistakes({ PORT })).toHaveLength(1),
  )

  it.each(['stomp://', 'broker:61613', 'stomp://chat:secret@broker:x', 'stomp://chat:secret@broker/a?b=1'])(
    'takes no broker %s, and shows no password',
    (BROKER_URL) => {
      const [mistake, ...more] = mistakes({ BROKER_URL })
      expect(mistake).toMatch(/^BROKER_URL has to (?!.*secret)/)
      expect(more).toEqual([])
    },
  )

  it.each(['-1', '100', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', 'localhost', '10.0.0.1,'])(
    'takes no proxies %s',
    (TRUST_PROXY) => expect(mistakes({ TRUST_PROXY })).toHaveLength(1),
  )

  it('takes a number of proxies', () => expect(readConfig({ TRUST_PROXY: '2' }).trustProxy).toBe(2))

  it.each(['https://a.example/', 'https://a.example/path', 'ws://a.example', 'null', 'HTTPS://A.example'])(
    'takes no origin %s',
    (ALLOWED_ORIGINS) => expect(mistakes({ ALLOWED_ORIGINS })).toHaveLength(1),
  )
})
