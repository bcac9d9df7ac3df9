import { constants, deflateRawSync } from 'node:zlib'
import type { Wire } from '../wire.js'
import { concatenate } from './bare-wire.js'
import { frameHeader, websocketWire } from './websocket-wire.js'

export interface CompressionOptions {
  /** Messages of fewer bytes are sent as they are. Default 1,024. */
  readonly thresholdBytes?: number
  /** 1 (fast) to 9 (small), as in zlib. Default 1. */
  readonly level?: number
}

export type CompressionSettings = Required<CompressionOptions>

/** @throws RangeError naming what is wrong */
export function checkedCompression(given: boolean | CompressionOptions): CompressionSettings | undefined {
  if (given === false) return undefined
  const settings = { thresholdBytes: 1_024, level: 1, ...(given === true ? {} : given) }
  const { thresholdBytes, level } = settings
  if (!Number.isSafeInteger(thresholdBytes) || thresholdBytes < 1) {
    throw new RangeError(`compression.thresholdBytes has to be a positive integer, not ${thresholdBytes}`)
  }
  if (!Number.isSafeInteger(level) || level < 1 || level > 9) {
    throw new RangeError(`compression.level has to be 1 to 9, not ${level}`)
  }
  return settings
}

/** RFC 7692 section 7.2.1: the end of every compressed message, which is left out. */
const EMPTY_BLOCK_BYTES = 4
/** RFC 1951 section 3.2.4: a stored block holds no more. */
const MOST_STORED = 65_535
const STORED_HEADER_BYTES = 5
const RSV1 = 0x40

/**
 * WebSocket frames of connections that agreed on permessage-deflate (RFC 7692) without context takeover: each message is
 * compressed by itself, so that one element serves all of them.
 *
 *     message = stored block: what is one subscription's alone | compressed blocks: what all subscriptions share
 *
 * The lines that differ from one subscription to the next stand first and are not compressed. So the rest of a broadcast is
 * compressed once, whatever the subscribers call their subscriptions.
 */
export function deflateWire({ thresholdBytes, level }: CompressionSettings): Wire {
  // By the tail, which is one object for all elements of a message; by the lines, which differ between versions.
  const compressed = new WeakMap<Uint8Array, Map<string, Uint8Array>>()
  const sharedPart = (lines: string, tail: Uint8Array): Uint8Array => {
    let byLines = compressed.get(tail)
    if (byLines === undefined) compressed.set(tail, (byLines = new Map()))
    let part = byLines.get(lines)
    if (part === undefined) byLines.set(lines, (part = deflated(lines, tail, level)))
    return part
  }
  return {
    element(head, tail, text, own = 0) {
      const ownBytes = Buffer.from(head.slice(0, own))
      const plain = Buffer.byteLength(head) + tail.length
      if (plain < thresholdBytes || ownBytes.length > MOST_STORED)
        return websocketWire.element(head, tail, text)
      const shared = sharedPart(head.slice(own), tail)
      const payload = STORED_HEADER_BYTES + ownBytes.length + shared.length
      if (payload >= plain) return websocketWire.element(head, tail, text)
      const header = frameHeader(payload, text)
      header[0]! |= RSV1
      return Buffer.concat([header, storedHeader(ownBytes.length), ownBytes, shared])
    },
    batch: concatenate,
    // Its own: the outboxes tell elements apart by identity.
    heartbeat: Uint8Array.of(0x81, 1, 10),
  }
}

/** RFC 1951 section 3.2.4: no final block, not compressed, the length and its complement. */
function storedHeader(length: number): Uint8Array {
  return Uint8Array.of(0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff)
}

function deflated(lines: string, tail: Uint8Array, level: number): Uint8Array {
  const bytes = deflateRawSync(Buffer.concat([Buffer.from(lines), tail]), {
    level,
    // RFC 7692 section 7.2.1: ends on an octet, with an empty block.
    finishFlush: constants.Z_SYNC_FLUSH,
  })
  return bytes.subarray(0, -EMPTY_BLOCK_BYTES)
}
