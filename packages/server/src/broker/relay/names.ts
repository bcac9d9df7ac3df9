import { StompError } from '../../errors.js'
import { NODE_TOPIC, REPLY_QUEUE, USER_TOPIC } from '../../message.js'

/**
 * How an upstream broker wants destinations to be called.
 *
 * RabbitMQ and ActiveMQ separate the parts of a name with dots and give some characters a meaning: what is theirs is
 * written with `~` and a letter, so that every name comes back as it was, and no name of a client's can be taken for one
 * of the server's own.
 *
 *     /topic/chat/room/1          /topic/chat.room.1
 *     /topic/chat/**              /topic/chat.#            ActiveMQ: /topic/chat.>
 *     /queue/a.b/c                /queue/a~d b.c           (without the space)
 *     /user-topic/name/ann/x      /topic/~u.name.ann.x     what stands behind /user/x
 *     /node-topic/all             /topic/~n.all            what nodes tell each other
 *     /reply-queue/Xyz            /topic/~r.Xyz            a topic, because every broker has those
 */
export interface Dialect {
  readonly name: string
  /** The header with which a subscription says how many deliveries it takes unacked. */
  readonly prefetchHeader: string
  /** What becomes of a message refused with NACK: it is delivered again, or goes to a queue for dead letters. */
  readonly refused: 'redelivered' | 'dead'
  /** Told with a NACK. */
  readonly nackHeaders: readonly string[]
  /** @throws StompError `destination-invalid` when the broker cannot have such a name */
  toUpstream(destination: string): string
  /** The same the other way; names that are not of a form of ours come back with slashes in place of dots. */
  fromUpstream(destination: string): string
}

/** AMQP's short strings, routing keys and names of queues among them, are of at most 255 octets. */
const SHORT_STRING_BYTES = 255

/** What names of the server's own begin with upstream, by what they begin with here. */
const MARKS: readonly (readonly [prefix: string, mark: string])[] = [
  [USER_TOPIC, '~u'],
  [NODE_TOPIC, '~n'],
  [REPLY_QUEUE, '~r'],
]

function dotted(
  name: string,
  prefetchHeader: string,
  rest: string,
  special: Readonly<Record<string, string>>,
) {
  const escapes: Readonly<Record<string, string>> = { '~': '~t', '.': '~d', ...special }
  const unescapes = Object.fromEntries(Object.entries(escapes).map(([plain, escaped]) => [escaped, plain]))
  const escapable = new RegExp(
    `[${Object.keys(escapes)
      .map((one) => `\\${one}`)
      .join('')}]`,
    'g',
  )
  const escaped = (segment: string): string => segment.replace(escapable, (plain) => escapes[plain]!)
  const unescaped = (word: string): string => word.replace(/~[a-z]/g, (each) => unescapes[each] ?? each)
  const words = (path: string): string =>
    path
      .split('/')
      .map((segment) => (segment === '*' ? '*' : segment === '**' ? rest : escaped(segment)))
      .join('.')
  const path = (key: string): string =>
    key
      .split('.')
      .map((word) => (word === rest ? '**' : unescaped(word)))
      .join('/')

  const toUpstream = (destination: string): string => {
    const [, kind, path] = /^\/([a-z-]+)\/(.+)$/s.exec(destination) ?? []
    if (kind === undefined || path === undefined) throw noSuch(destination)
    const [, mark] = MARKS.find(([prefix]) => prefix === `/${kind}/`) ?? []
    const key = mark === undefined ? words(path) : `${mark}.${words(path)}`
    if (Buffer.byteLength(key) > SHORT_STRING_BYTES) {
      throw new StompError(
        'destination-invalid',
        `The destination is too long for the broker: ${SHORT_STRING_BYTES} octets.`,
      )
    }
    return `/${kind === 'queue' ? 'queue' : 'topic'}/${key}`
  }
  const fromUpstream = (destination: string): string => {
    const [, kind, quoted] = /^\/(topic|queue)\/(.+)$/s.exec(destination) ?? []
    if (kind === undefined || quoted === undefined) return destination
    const key = unquoted(quoted)
    const [prefix, mark] = MARKS.find(([, mark]) => key.startsWith(`${mark}.`)) ?? []
    if (prefix !== undefined) return prefix + path(key.slice(mark!.length + 1))
    return `/${kind}/${path(key)}`
  }
  return { name, prefetchHeader, toUpstream, fromUpstream }
}

/** RabbitMQ writes what is not ASCII, and `%` and `/`, as URLs do. */
function unquoted(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function noSuch(destination: string): StompError {
  return new StompError('destination-invalid', `The broker has no destination ${destination}.`)
}

const RABBITMQ: Dialect = {
  // RabbitMQ decodes what looks like a URL's escape.
  ...dotted('rabbitmq', 'prefetch-count', '#', { '#': '~h', '%': '~p', '*': '~s' }),
  refused: 'redelivered',
  nackHeaders: ['requeue', 'true'],
}

/** `,` lists destinations, `?` begins options, `*` is a wildcard, `:` separates kinds of destinations. */
const ACTIVEMQ_ESCAPES = { '*': '~s', ',': '~c', '?': '~q', ':': '~k', '%': '~p' }

const ACTIVEMQ: Dialect = {
  ...dotted('activemq', 'activemq.prefetchSize', '>', { '>': '~g', ...ACTIVEMQ_ESCAPES }),
  refused: 'dead',
  nackHeaders: [],
}

const ARTEMIS: Dialect = {
  ...dotted('artemis', 'consumer-window-size', '#', { '#': '~h', ...ACTIVEMQ_ESCAPES }),
  refused: 'dead',
  nackHeaders: [],
}

/** Names as they are: another stomping-ground. Only what it keeps for itself is a topic of its clients' there. */
const SLASHES: Dialect = {
  name: 'slashes',
  prefetchHeader: 'prefetch-count',
  refused: 'redelivered',
  nackHeaders: [],
  toUpstream(destination) {
    const [prefix, mark] = MARKS.find(([prefix]) => destination.startsWith(prefix)) ?? []
    if (prefix !== undefined) return `/topic/${mark}/${destination.slice(prefix.length)}`
    if (/^\/(topic|queue)\/~[nru]\//.test(destination)) throw noSuch(destination)
    return destination
  },
  fromUpstream(destination) {
    const [prefix, mark] = MARKS.find(([, mark]) => destination.startsWith(`/topic/${mark}/`)) ?? []
    return prefix === undefined ? destination : prefix + destination.slice(`/topic/${mark}/`.length)
  },
}

export const DIALECTS = {
  rabbitmq: RABBITMQ,
  activemq: ACTIVEMQ,
  artemis: ARTEMIS,
  slashes: SLASHES,
} as const
export type DialectName = keyof typeof DIALECTS

/** What a broker that calls itself so speaks; one that is not known here, as RabbitMQ does. */
export function dialectOf(server: string | undefined): Dialect {
  if (server === undefined) return RABBITMQ
  if (/artemis/i.test(server)) return ARTEMIS
  if (/activemq/i.test(server)) return ACTIVEMQ
  if (/^stomping-ground/i.test(server)) return SLASHES
  return RABBITMQ
}
