import type { Wire } from '../wire.js'

const LF = 10

/**
 * Frames one after the other, a line end behind each: what TCP carries.
 *
 * // STOMP 1.2 "Augmented BNF": frame = ... NULL *( EOL ). Old brokers always send one; clients that have met no others,
 * // such as PHP's Stomp extension, read the octet after NUL without looking, and lose the frame that follows.
 */
export const bareWire: Wire = {
  element(head, tail) {
    const headBytes = Buffer.byteLength(head)
    const bytes = Buffer.allocUnsafe(headBytes + tail.length + 1)
    bytes.write(head)
    bytes.set(tail, headBytes)
    bytes[headBytes + tail.length] = LF
    return bytes
  },
  batch: concatenate,
  heartbeat: Uint8Array.of(LF),
}

/** The batch of every wire whose elements simply follow each other. */
export function concatenate(elements: readonly Uint8Array[], bytes: number): Uint8Array {
  return elements.length === 1 ? elements[0]! : Buffer.concat(elements, bytes)
}
