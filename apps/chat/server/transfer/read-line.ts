import { TABLE_NAMES, tableOf, VERSION } from './format.js'
import type { Header, HistoryLine, MessageLine, Row, TableName } from './format.js'
import { LineError } from './lines.js'

export type Line =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'row'; readonly table: TableName; readonly row: Row }
  | { readonly kind: 'history'; readonly history: HistoryLine }
  | { readonly kind: 'message'; readonly message: MessageLine }
  | { readonly kind: 'end'; readonly lines: number }

type Json = Readonly<Record<string, unknown>>

/**
 * @param begun whether the first line has been read
 * @throws LineError saying what the line has to be
 */
export function readLine(number: number, text: string, begun: boolean): Line {
  const line = parsed(number, text)
  if (!begun) return { kind: 'header', header: headerOf(number, line) }
  const [name = '', ...more] = Object.keys(line)
  const value = line[name]
  if (more.length > 0 || !isObject(value)) throw new LineError(number, 'This is not a line of an export.')
  const table = TABLE_NAMES.find((one) => one === name)
  if (table !== undefined) return { kind: 'row', table, row: rowOf(number, table, value) }
  switch (name) {
    case 'history':
      return { kind: 'history', history: historyOf(number, value) }
    case 'message':
      return { kind: 'message', message: messageOf(number, value) }
    case 'end':
      return { kind: 'end', lines: whole(number, value, 'lines') }
    default:
      throw new LineError(number, `This version knows nothing of ${JSON.stringify(name.slice(0, 40))}.`)
  }
}

function parsed(number: number, text: string): Json {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Told below.
  }
  throw new LineError(number, `This is not a JSON object: ${JSON.stringify(text.slice(0, 40))}`)
}

function headerOf(number: number, line: Json): Header {
  const version = line['stomping-ground-chat']
  if (version === undefined) throw new LineError(number, 'This is not an export of the chat.')
  if (version !== VERSION) {
    throw new LineError(
      number,
      `Its version is ${JSON.stringify(version)}; this chat reads version ${VERSION}.`,
    )
  }
  const { epoch, passwords, exported } = line
  if (typeof epoch !== 'string' || !/^[\w-]{1,64}$/.test(epoch) || typeof passwords !== 'boolean') {
    throw new LineError(number, 'The first line is damaged.')
  }
  return { 'stomping-ground-chat': VERSION, exported: String(exported), epoch, passwords }
}

function rowOf(number: number, table: TableName, value: Json): Row {
  const { columns } = tableOf(table)
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(columns, name))
  if (unknown !== undefined)
    throw new LineError(number, `${table} has no ${JSON.stringify(unknown.slice(0, 40))}.`)
  const row: Record<string, string | number | null> = {}
  for (const [name, type] of Object.entries(columns)) {
    const given = value[name]
    const isRight =
      (given === null && type.endsWith('?')) ||
      (type.startsWith('text')
        ? typeof given === 'string' && !given.includes('\0')
        : Number.isSafeInteger(given))
    if (!isRight) throw new LineError(number, `${name} of ${table} is missing, or is none.`)
    row[name] = given as string | number | null
  }
  return row
}

function historyOf(number: number, value: Json): HistoryLine {
  const { destination } = value
  const [first, last] = [whole(number, value, 'first'), whole(number, value, 'last')]
  if (typeof destination !== 'string' || first < 1 || last < first) {
    throw new LineError(number, 'destination, first or last is missing, or is none.')
  }
  return { destination, first, last }
}

function messageOf(number: number, value: Json): MessageLine {
  const [offset, time] = [whole(number, value, 'offset'), value['time']]
  const { headers, body, bytes } = value
  const areHeaders =
    Array.isArray(headers) && headers.length % 2 === 0 && headers.every((one) => typeof one === 'string')
  if (!areHeaders) throw new LineError(number, 'headers are no list of names and values.')
  if (typeof time !== 'number' || time < 0) throw new LineError(number, 'time is missing, or is none.')
  if ((body === undefined) === (bytes === undefined) || (bytes !== undefined && !isBase64(bytes))) {
    throw new LineError(number, 'A message has either a body or bytes, in base64.')
  }
  return {
    offset,
    time,
    headers,
    ...(bytes === undefined ? { body } : { bytes: bytes as string }),
  }
}

function whole(number: number, value: Json, name: string): number {
  const given = value[name]
  if (!Number.isSafeInteger(given) || (given as number) < 0) {
    throw new LineError(number, `${name} is missing, or is no whole number.`)
  }
  return given as number
}

function isBase64(text: unknown): boolean {
  return typeof text === 'string' && Buffer.from(text, 'base64').toString('base64') === text
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
