import { StompHeaders } from 'stomping-ground'
import type { Content, Entry, StoredMessage } from 'stomping-ground'
import { CONTENT_AT, FIXED_BYTES, TIME_AT, timeAt } from './layout.js'
import type { Chunk } from './layout.js'

/** Most messages have no headers but their content type: the JSON of the same header array is made once. */
const NO_HEADERS = '[]'

/** The octets that a record of this entry takes at most. */
export function recordRoom({ headers, body, id }: Entry): number {
  let characters = 0
  for (const text of headers.flat) characters += text.length + 1
  // JSON writes a control character as six octets, and UTF-8 takes three for each UTF-16 unit at most.
  return FIXED_BYTES + body.length + 3 * (id?.length ?? 0) + 6 * characters + 2 * headers.flat.length + 2
}

/** Writes an entry's record into a buffer that has room for it. @returns where it ends */
export function writeRecord(buffer: Buffer, at: number, { headers, body, time, id }: Entry): number {
  buffer.writeDoubleLE(time, at + TIME_AT)
  const idLength = id === undefined ? 0 : buffer.write(id, at + 14, 'utf8')
  buffer.writeUInt16LE(idLength, at + 12)
  const headersAt = at + 14 + idLength
  const json = headers.flat.length === 0 ? NO_HEADERS : JSON.stringify(headers.flat)
  const headersLength = buffer.write(json, headersAt + 4, 'utf8')
  buffer.writeUInt32LE(headersLength, headersAt)
  const bodyAt = headersAt + 4 + headersLength
  buffer.set(body, bodyAt)
  const end = bodyAt + body.length
  buffer.writeUInt32LE(end - at, at)
  return end
}

/** The record of one entry, in a buffer of its own. */
export function recordOf(entry: Entry): Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(recordRoom(entry))
  return buffer.subarray(0, writeRecord(buffer, 0, entry))
}

/** What stands in a record from the headers on. */
export function contentOf({ headers, body }: Content): Uint8Array {
  return recordOf({ destination: '', headers, body, time: 0, id: undefined }).subarray(CONTENT_AT)
}

/** What chunks hold, from an offset on and within bounds; one message in any case, where there is one. */
export function messagesIn(
  chunks: Iterable<Chunk>,
  from: number,
  bounds: { readonly count: number; readonly bytes: number },
): StoredMessage[] {
  const messages: StoredMessage[] = []
  let bytes = 0
  for (const { first, data } of chunks) {
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    let offset = first
    for (let at = 0; at < buffer.length; offset++) {
      const length = buffer.readUInt32LE(at)
      if (offset >= from) {
        bytes += length
        if (messages.length > 0 && (messages.length >= bounds.count || bytes > bounds.bytes)) return messages
        messages.push(readRecord(buffer, at, offset))
      }
      at += length
    }
  }
  return messages
}

function readRecord(buffer: Buffer, at: number, offset: number): StoredMessage {
  const end = at + buffer.readUInt32LE(at)
  const headersAt = at + 14 + buffer.readUInt16LE(at + 12)
  const bodyAt = headersAt + 4 + buffer.readUInt32LE(headersAt)
  const json = buffer.toString('utf8', headersAt + 4, bodyAt)
  return {
    offset,
    time: timeAt(buffer, at),
    headers: new StompHeaders(json === NO_HEADERS ? [] : (JSON.parse(json) as string[])),
    body: buffer.subarray(bodyAt, end),
  }
}
