import type { IncomingMessage } from 'node:http'
import type { Duplex, Writable } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import type { DisconnectReason } from '../errors.js'
import type { Wire } from '../wire.js'

/** One transport link: bytes in and out. Nothing here knows what a frame means. */
export interface Connection {
  readonly wire: Wire
  readonly remoteAddress: string
  /** The HTTP request that opened it, where there was one. */
  readonly request: IncomingMessage | undefined
  /** The certificate that the client proved to hold, on TLS listeners that ask for one. */
  readonly certificate?: PeerCertificate | undefined
  /**
   * Writes elements that the wire has batched. Does nothing once the connection closes.
   *
   * @returns false when the connection is congested: write no more until `drained`. A socket is where the kernel did not
   *   take all of it; Node tells of any write past its mark, even when nothing of it waits
   */
  write(bytes: Uint8Array): boolean
  /** CONNECT has succeeded. The request has been looked at for the last time: connections are many, and requests are large. */
  settle?(): void
  /** Stops and restarts reading; a little of what was read before may still arrive. */
  pause(): void
  resume(): void
  /** Asks the peer for a sign of life, where the transport can; the answer arrives as `received` with no bytes. */
  probe?(): void
  /** The handler writes heart-beats of its own from now on: those of the transport, where it has any, can stop. */
  stopHeartbeat?(): void
  /** Sends what was written, says goodbye, then ends. Idempotent. */
  close(reason: DisconnectReason): void
  /** Cuts it at once. Idempotent. */
  destroy(): void
}

/** What a transport calls. Nothing is called after `closed`, and `closed` is called exactly once. */
export interface ConnectionHandler {
  /** Bytes arrived; none where it was only a sign of life. */
  received(bytes: Uint8Array): void
  /** A congested connection can be written to again. */
  drained(): void
  /** The peer sends nothing more, and may still read: where a transport can tell. Left out: the connection ends. */
  finished?(): void
  closed(reason: DisconnectReason): void
}

/** Makes the handler of a new connection, usually a session. */
export type Accept = (connection: Connection) => ConnectionHandler

/**
 * Writes to a stream.
 *
 * @returns false where it is congested. A write above the stream's mark says so even when the kernel took all of it at
 * once: a fan-out writes so much in one go that every subscriber would look like a slow one.
 */
export function wrote(stream: Writable, bytes: Uint8Array): boolean {
  return stream.write(bytes) || stream.writableLength === 0
}

/** Whether both sides of a stream have said all, so that it can be let go at once. */
export function saidAll(stream: Duplex): boolean {
  // RFC 8446 section 6.1: what ends without close_notify may have been cut by somebody else.
  return stream.readableEnded && stream.writableLength === 0 && !(stream instanceof TLSSocket)
}
