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
    const offset = payload < 126 ? 2 : payload < 65_536 ? 4 : 10
    const bytes = Buffer.allocUnsafe(offset + payload)
    bytes[0] = text ? TEXT : BINARY
    if (offset === 2) bytes[1] = payload
    else if (offset === 4) {
      bytes[1] = 126
      bytes.writeUInt16BE(payload, 2)
    } else {
      bytes[1] = 127
      bytes.writeUInt32BE(Math.floor(payload / 2 ** 32), 2)
      bytes.writeUInt32BE(payload >>> 0, 6)
    }
    bytes.write(head, offset)
    bytes.set(tail, offset + headBytes)
    return bytes
  },
  batch: concatenate,
  heartbeat: Uint8Array.of(0x81, 1, 10),
}

const TEXT = 0x81
const BINARY = 0x82
