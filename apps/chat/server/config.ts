import { isIP, isIPv6 } from 'node:net'
import { resolve } from 'node:path'
import { relay } from 'stomping-ground'
import type { TrustedProxies } from 'stomping-ground'
import { SOCKJS_CLIENT_PATH } from './http/sockjs-client.js'

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface ChatConfig {
  readonly host: string
  readonly port: number
  /** For STOMP over TCP; 0: none. */
  readonly stompTcpPort: number
  /** Absolute. */
  readonly dataDir: string
  /** PostgreSQL in the place of files in `dataDir`; holds a password. */
  readonly databaseUrl: string | undefined
  /** The broker that several nodes share; holds a password. Undefined: everything is in this process. */
  readonly brokerUrl: string | undefined
  readonly trustProxy: TrustedProxies
  readonly logLevel: LogLevel
  readonly allowedOrigins: readonly string[]
  readonly openRooms: boolean
  /** Where the other nodes reach this one's HTTP port, and by what they know each other: both or neither. */
  readonly nodeAddress: string | undefined
  readonly nodeSecret: string | undefined
  /** How long a message can be edited after it was said. */
  readonly editMs: number
  /** A URL, or a path of this host. */
  readonly sockJsClientUrl: string
}

/** One environment variable. */
interface Option<Value> {
  readonly fallback: string
  /** What the README says of it. */
  readonly meaning: string
  /** Whether the value holds a password: then no mistake shows it. */
  readonly secret: boolean
  /** @throws Mistake saying what the value has to be */
  readonly read: (text: string) => Value
}

class Mistake extends Error {}

/** Every environment variable that the chat reads. One that is set to nothing counts as not set. */
export const OPTIONS = {
  HOST: option('127.0.0.1', 'The address to listen on. `0.0.0.0` lets other machines in.', readHost),
  PORT: option('8080', 'The port to listen on; `0` takes one that is free.', readPort),
  STOMP_TCP_PORT: option('61613', 'The port for STOMP over TCP; `0`: none.', readPort),
  DATA_DIR: option(
    './data',
    'The folder that rooms, messages and accounts are kept in. Made when it is not there.',
    resolve,
  ),
  DATABASE_URL: secret(
    '',
    'A PostgreSQL database that all of it is kept in, rather than in `DATA_DIR`: `postgres://user:password@host/database`.',
    readDatabaseUrl,
  ),
  BROKER_URL: secret(
    '',
    'A STOMP broker that several nodes share: `stomp://user:passcode@host:61613/virtual-host`, `stomps://` for TLS; several hosts with commas between.',
    readBrokerUrl,
  ),
  NODE_ADDRESS: option(
    '',
    'Where the other nodes reach the port of this one, with no balancer between: `http://10.0.0.7:8080`. With it SockJS needs no sticky sessions.',
    readNodeAddress,
  ),
  NODE_SECRET: secret(
    '',
    'By what nodes know each other’s requests: the same on all of them, of at least 16 characters. Goes with `NODE_ADDRESS`.',
    readNodeSecret,
  ),
  TRUST_PROXY: option(
    '0',
    'The proxies in front whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: how many there are, or their addresses, `10.0.0.0/8`, with commas between.',
    readTrustProxy,
  ),
  LOG_LEVEL: option('info', `The least level that is logged: ${LOG_LEVELS.join(', ')}.`, readLogLevel),
  ALLOWED_ORIGINS: option(
    '',
    'Origins of other sites whose pages may use this chat, with commas between: `https://a.example`. `*`: all.',
    readOrigins,
  ),
  OPEN_ROOMS: option('false', '`true`: a room that nobody made is made when it is first used.', readBoolean),
  EDIT_MINUTES: option(
    '1440',
    'How many minutes after it was said a message can be edited; `0`: never. Deleting it is not bounded in time.',
    readMinutes,
  ),
  SOCKJS_CLIENT_URL: option(
    SOCKJS_CLIENT_PATH,
    'Where SockJS loads its library into iframes. Pages that bring another version of sockjs-client name theirs.',
    readLibraryUrl,
  ),
} satisfies Record<string, Option<unknown>>

/** All that is wrong in the environment. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** One line for each mistake. */
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/** @throws ConfigError naming every mistake */
export function readConfig(env: Readonly<Record<string, string | undefined>>): ChatConfig {
  const mistakes: string[] = []
  const read = <Name extends keyof typeof OPTIONS>(
    name: Name,
  ): ReturnType<(typeof OPTIONS)[Name]['read']> => {
    const { fallback, read, secret } = OPTIONS[name] as Option<ReturnType<(typeof OPTIONS)[Name]['read']>>
    const given = env[name]?.trim() ?? ''
    try {
      return read(given === '' ? fallback : given)
    } catch (error) {
      if (!(error instanceof Mistake)) throw error
      mistakes.push(`${name} ${error.message}${secret ? '' : `, not ${JSON.stringify(given)}`}.`)
      return read(fallback)
    }
  }
  const config: ChatConfig = {
    host: read('HOST'),
    port: read('PORT'),
    stompTcpPort: read('STOMP_TCP_PORT'),
    dataDir: read('DATA_DIR'),
    databaseUrl: read('DATABASE_URL'),
    brokerUrl: read('BROKER_URL'),
    nodeAddress: read('NODE_ADDRESS'),
    nodeSecret: read('NODE_SECRET'),
    trustProxy: read('TRUST_PROXY'),
    logLevel: read('LOG_LEVEL'),
    allowedOrigins: read('ALLOWED_ORIGINS'),
    openRooms: read('OPEN_ROOMS'),
    editMs: read('EDIT_MINUTES'),
    sockJsClientUrl: read('SOCKJS_CLIENT_URL'),
  }
  if ((config.nodeAddress === undefined) !== (config.nodeSecret === undefined)) {
    mistakes.push('NODE_ADDRESS and NODE_SECRET go together: one of them is missing.')
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes)
  return config
}

function option<Value>(fallback: string, meaning: string, read: (text: string) => Value): Option<Value> {
  return { fallback, meaning, read: (text) => read(text), secret: false }
}

function secret<Value>(fallback: string, meaning: string, read: (text: string) => Value): Option<Value> {
  return { ...option(fallback, meaning, read), secret: true }
}

function readHost(text: string): string {
  if (!/^[A-Za-z0-9._:%-]+$/.test(text)) throw new Mistake('has to be a host name or an address')
  return text
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Mistake('has to be a number from 0 to 65535')
  return Number(text)
}

function readDatabaseUrl(text: string): string | undefined {
  if (text === '') return undefined
  const isUrl = /^postgres(?:ql)?:\/\/[^/]/.test(text) && URL.canParse(text)
  if (!isUrl || !/^\/[^/]+$/.test(new URL(text).pathname)) {
    throw new Mistake('has to be of the form postgres://user:password@host:5432/database')
  }
  return text
}

function readBrokerUrl(text: string): string | undefined {
  if (text === '') return undefined
  try {
    // Nothing connects before it is started.
    relay({ url: text })
  } catch (error) {
    throw new Mistake((error as Error).message.replace('The url of the broker ', ''))
  }
  return text
}

function readNodeAddress(text: string): string | undefined {
  if (text === '') return undefined
  if (!/^http:\/\/[^/?#@]+$/.test(text) || !URL.canParse(text)) {
    throw new Mistake('has to be of the form http://10.0.0.7:8080')
  }
  return text
}

function readNodeSecret(text: string): string | undefined {
  if (text === '') return undefined
  if (text.length < 16) throw new Mistake('has to be of at least 16 characters')
  return text
}

function readTrustProxy(text: string): TrustedProxies {
  if (/^\d{1,2}$/.test(text)) return Number(text)
  const addresses = text.split(',').map((one) => one.trim())
  for (const entry of addresses) {
    const [, address = '', bits = '0'] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(entry) ?? []
    if (isIP(address) === 0 || Number(bits) > (isIPv6(address) ? 128 : 32)) {
      throw new Mistake('has to be a number of proxies, or list addresses such as 10.0.0.0/8')
    }
  }
  return addresses
}

function readMinutes(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new Mistake('has to be a whole number of minutes')
  return Number(text) * 60_000
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text)
  if (level === undefined) throw new Mistake(`has to be one of ${LOG_LEVELS.join(', ')}`)
  return level
}

function readBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Mistake('has to be true or false')
  return text === 'true'
}

function readOrigins(text: string): string[] {
  const origins = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  for (const origin of origins) {
    if (origin === '*') continue
    if (!/^https?:/.test(origin) || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new Mistake('has to list origins such as https://chat.example.com')
    }
  }
  return origins
}

function readLibraryUrl(text: string): string {
  if (!/^(https?:\/\/|\/)[^\s"<>&']+$/.test(text)) {
    throw new Mistake('has to be the address of a script, such as https://a.example/sockjs.min.js')
  }
  return text
}
