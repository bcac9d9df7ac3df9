import { utf8Decode } from '@stomping-ground/codec'
import { NODE_TOPIC } from '../message.js'

/**
 * What nodes tell each other: JSON in a message on a topic that every node reads, or on one that is the receiver's own.
 *
 *     here     all   I am there; the last numbers of what I have told      `hello`: say so too
 *     gone     all   goodbye
 *     tell     all   a value of a channel; numbered within it
 *     delta    all   changes of a shared map; numbered within it
 *     ask      one   send me all of a shared map
 *     piece    one   a part of that: the state after the delta of this number
 */
type ClusterMessage =
  | Here
  | { readonly t: 'gone'; readonly told: Told }
  | { readonly t: 'tell'; readonly name: string; readonly n: number; readonly value: unknown }
  | Delta
  | { readonly t: 'ask'; readonly name: string }
  | Piece

interface Here {
  readonly t: 'here'
  readonly hello: boolean
  /** By the sender's own clock: it is of use to nobody else. */
  readonly at: number
  readonly address?: string
  readonly told: Told
}

export interface Delta {
  readonly t: 'delta'
  readonly name: string
  readonly n: number
  readonly set: readonly (readonly [key: string, value: unknown])[]
  readonly deleted: readonly string[]
}

export interface Piece {
  readonly t: 'piece'
  readonly name: string
  readonly n: number
  readonly piece: number
  readonly last: boolean
  readonly set: readonly (readonly [key: string, value: unknown])[]
}

/** The number of the last that was told, by the name of the channel or map. */
export interface Told {
  readonly channels: Readonly<Record<string, number>>
  readonly maps: Readonly<Record<string, number>>
}

/** A message and who sent it: a node's name, and one start of it. */
export type Envelope = ClusterMessage & { readonly from: string; readonly run: string }

const VERSION = 1
/** What all nodes read. */
export const ALL_NODES = `${NODE_TOPIC}all`
/** What one node reads. */
export const toNode = (name: string): string => `${NODE_TOPIC}to/${name}`

/** Channels, and maps, of one node. */
export const MOST_NAMES = 100
/** Keys of one node in one map. */
export const MOST_KEYS = 100_000
/** The longest value of a channel, and the length past which changes and pieces are divided. */
export const VALUE_BYTES = 65_536
/** The longest key and value of a map together. */
export const ENTRY_BYTES = 16_384
/** The longest message: what is past it is nobody's here. */
const MESSAGE_BYTES = 4 * VALUE_BYTES

export const NAME = /^[A-Za-z0-9_-]{1,64}$/

/** The JSON of a message, of parts that are JSON already. */
export function written(from: string, run: string, parts: Readonly<Record<string, string>>): string {
  const members = Object.entries(parts).map(([name, json]) => `,"${name}":${json}`)
  return `{"v":${VERSION},"from":"${from}","run":"${run}"${members.join('')}}`
}

/** @throws TypeError when it is no message of this version */
export function read(body: Uint8Array): Envelope {
  if (body.length > MESSAGE_BYTES) throw new TypeError(`A node sent ${body.length} bytes`)
  const message = JSON.parse(utf8Decode(body)) as Record<string, unknown>
  if (!isRecord(message)) throw new TypeError('A node sent no object')
  const { v, from, run, t } = message
  if (v !== VERSION) throw new TypeError(`A node sent version ${String(v)}, and this one reads ${VERSION}`)
  const isMessage =
    typeof t === 'string' && Object.hasOwn(FORMS, t) && FORMS[t as keyof typeof FORMS](message)
  if (isMessage && isName(from) && isName(run)) return message as unknown as Envelope
  throw new TypeError(`A node sent something malformed: ${JSON.stringify(t)?.slice(0, 40)}`)
}

type Form = (message: Record<string, unknown>) => boolean

const FORMS: Readonly<Record<ClusterMessage['t'], Form>> = {
  here: ({ hello, at, address, told }) =>
    typeof hello === 'boolean' &&
    typeof at === 'number' &&
    (address === undefined || isAddress(address)) &&
    isTold(told),
  gone: ({ told }) => isTold(told),
  tell: ({ name, n }) => isName(name) && isNumber(n),
  delta: ({ name, n, set, deleted }) =>
    isName(name) && isNumber(n) && isSet(set) && Array.isArray(deleted) && deleted.every(isText),
  ask: ({ name }) => isName(name),
  piece: ({ name, n, piece, last, set }) =>
    isName(name) && isNumber(n) && isNumber(piece) && typeof last === 'boolean' && isSet(set),
}

/** Whether requests can be sent there: an origin over plain HTTP. */
export function isAddress(text: unknown): boolean {
  if (typeof text !== 'string' || text.length > 255 || !/^http:\/\/[^/]+$/.test(text)) return false
  return URL.canParse(text) && new URL(text).username === ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isSet(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((one) => Array.isArray(one) && one.length === 2 && isText(one[0]))
  )
}

function isTold(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value['channels'], value['maps']].every(
      (numbers) =>
        isRecord(numbers) &&
        Object.keys(numbers).length <= MOST_NAMES &&
        Object.entries(numbers).every(([name, n]) => isName(name) && isNumber(n)),
    )
  )
}
