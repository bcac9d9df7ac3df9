/**
 * Messages as stores keep them, one after the other in a chunk:
 *
 *     record  = length time id-length id headers-length headers body
 *     length  = u32        octets of the record, this one included
 *     time    = f64        milliseconds since 1970
 *     id      = id-length (u16) octets of UTF-8: the publisher's own id; none where it is 0
 *     headers = headers-length (u32) octets: JSON of names and values in turn
 *     body    = the rest
 *
 * Numbers are little-endian. Offsets are not in it: a chunk knows that of its first record.
 */

/** What precedes id, headers and body. */
export const FIXED_BYTES = 4 + 8 + 2 + 4
export const TIME_AT = 4

/** The publisher's id in the record at this place. */
export function idAt(buffer: Buffer, at: number): string | undefined {
  const length = buffer.readUInt16LE(at + 12)
  return length === 0 ? undefined : buffer.toString('utf8', at + 14, at + 14 + length)
}

/** The time in the record at this place. */
export function timeAt(buffer: Buffer, at: number): number {
  return buffer.readDoubleLE(at + TIME_AT)
}

/** A chunk as stores give it back. */
export interface Chunk {
  /** The offset of its first record. */
  readonly first: number
  readonly data: Uint8Array
}

/** Where the records of a chunk begin. */
export function* places(data: Buffer): Iterable<number> {
  for (let at = 0; at < data.length; at += data.readUInt32LE(at)) yield at
}

/** What precedes the headers of a record whose publisher gave no id. */
export const CONTENT_AT = 4 + 8 + 2

/** The chunk where one record, counted from 0, has another content (headers-length, headers, body): its time and id stay. */
export function withContent(data: Buffer, index: number, content: Uint8Array): Buffer {
  let at = 0
  for (let i = 0; i < index; i++) at += data.readUInt32LE(at)
  const contentAt = at + CONTENT_AT + data.readUInt16LE(at + 12)
  const end = at + data.readUInt32LE(at)
  const changed = Buffer.concat([data.subarray(0, contentAt), content, data.subarray(end)])
  changed.writeUInt32LE(contentAt - at + content.length, at)
  return changed
}

export function recordsIn(data: Buffer): number {
  let count = 0
  for (let at = 0; at < data.length; at += data.readUInt32LE(at)) count++
  return count
}

/** A blob as the driver gives it: an ArrayBuffer in some versions, bytes in others. */
export function bytesOf(blob: ArrayBuffer | Uint8Array): Buffer {
  return blob instanceof Uint8Array
    ? Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
    : Buffer.from(blob)
}
