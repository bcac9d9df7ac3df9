import type { StompVersion } from '@stomping-ground/codec'

/** How frames become the bytes of one kind of connection. One object for all connections of the kind. */
export interface Wire {
  /**
   * One frame as an element.
   *
   * @param head the command line and header lines, each ended by LF
   * @param tail the rest of the frame: an empty line, the body, NUL
   * @param text whether the whole frame is valid UTF-8
   * @param own how many characters of the head are of this element alone; the rest and the tail, one object, are shared
   *   with other elements. Default: all of it is shared
   */
  element(head: string, tail: Uint8Array, text: boolean, own?: number): Uint8Array
  /** Several elements, in order, as one write. `bytes` is the sum of their lengths. */
  batch(elements: readonly Uint8Array[], bytes: number): Uint8Array
  /** The element of a heart-beat. */
  readonly heartbeat: Uint8Array
  /** Carries text alone: of a body that is no valid UTF-8, what can be read is sent, with U+FFFD for the rest. */
  readonly textOnly?: true
}

/** What a session's frames have to look like: one object for each wire and version, compared by identity. */
export interface Format {
  readonly wire: Wire
  readonly version: StompVersion
}

const formats = new WeakMap<Wire, Map<StompVersion, Format>>()

/** The one format of this wire and version. */
export function formatOf(wire: Wire, version: StompVersion): Format {
  let versions = formats.get(wire)
  if (versions === undefined) formats.set(wire, (versions = new Map()))
  let format = versions.get(version)
  if (format === undefined) versions.set(version, (format = { wire, version }))
  return format
}
