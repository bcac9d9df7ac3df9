import type { Wire } from '../wire.js'

/** Frames as they are, one after the other: what TCP carries. */
export const bareWire: Wire = {
  element(head, tail) {
    const headBytes = Buffer.byteLength(head)
    const bytes = Buffer.allocUnsafe(headBytes + tail.length)
    bytes.write(head)
    bytes.set(tail, headBytes)
    return bytes
  },
  batch: concatenate,
  heartbeat: Uint8Array.of(10),
}

/** The batch of every wire whose elements simply follow each other. */
export function concatenate(elements: readonly Uint8Array[], bytes: number): Uint8Array {
  return elements.length === 1 ? elements[0]! : Buffer.concat(elements, bytes)
}
