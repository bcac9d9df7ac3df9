import type { Wire } from '../wire.js'
import { concatenate } from './bare-wire.js'

/**
 * Server-to-client WebSocket frames (RFC 6455 section 5.2): unmasked, never fragmented, one STOMP frame in each. Text,
 * unless the STOMP frame is no valid UTF-8, which a text frame must not hold.
 */
export const websocketWire: Wire = {
  element(head, tail, text) {
    const headBytes = Buffer.byteLength(head)
    const payload = headBytes + tail.length
    const offset = headerBytes(payload)
    const bytes = Buffer.allocUnsafe(offset + payload)
    writeHeader(bytes, payload, text)
    bytes.write(head, offset)
    bytes.set(tail, offset + headBytes)
    return bytes
  },
  batch: concatenate,
  heartbeat: Uint8Array.of(0x81, 1, 10),
}

/** The header of a whole message of so many bytes. */
export function frameHeader(payload: number, text: boolean): Uint8Array {
  const bytes = Buffer.allocUnsafe(headerBytes(payload))
  writeHeader(bytes, payload, text)
  return bytes
}

const TEXT = 0x81
const BINARY = 0x82

function headerBytes(payload: number): number {
  return payload < 126 ? 2 : payload < 65_536 ? 4 : 10
}

function writeHeader(bytes: Buffer, payload: number, text: boolean): void {
  bytes[0] = text ? TEXT : BINARY
  if (payload < 126) bytes[1] = payload
  else if (payload < 65_536) {
    bytes[1] = 126
    bytes.writeUInt16BE(payload, 2)
  } else {
    bytes[1] = 127
    bytes.writeUInt32BE(Math.floor(payload / 2 ** 32), 2)
    bytes.writeUInt32BE(payload >>> 0, 6)
  }
}
