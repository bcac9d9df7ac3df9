// oxlint-disable unicorn/prefer-add-event-listener -- `on...` is all that every kind of socket has
import type { IStompSocket } from '@stomp/stompjs'
import type { Clock } from './clock.js'

/**
 * What carries a session: a WebSocket of the browser or of `ws`, a SockJS socket, or whatever behaves as they do.
 */
export interface ClientSocket {
  onopen: ((event: never) => unknown) | null | undefined
  onmessage: ((event: never) => unknown) | null | undefined
  onerror: ((event: never) => unknown) | null | undefined
  onclose: ((event: never) => unknown) | null | undefined
  binaryType?: string
  readonly readyState: number
  send(data: string | ArrayBuffer): void
  close(): void
  /** Cuts the connection, where that can be done. */
  terminate?: () => void
}

/** The states of a WebSocket. */
const OPEN = 1
const CLOSED = 3
/** The close code of a connection that went away. */
export const LOST = 1006

interface Assignable {
  onopen: (() => void) | null
  onmessage: ((event: { data: unknown }) => void) | null
  onerror: (() => void) | null
  onclose: ((event: { code?: number; reason?: string }) => void) | null
  binaryType?: string
}

/**
 * The socket as `@stomp/stompjs` sees it, with an ear on it: knows when something was last heard, reports the end exactly
 * once, and lets go of a dead socket at once: a cut cable answers no closing handshake.
 *
 * It also answers heart-beats. Browsers slow the timers of a hidden page down to one a minute, but not the messages that
 * it gets. So whenever something comes and nothing has gone out for a while, a heart-beat goes out: the server's own
 * heart-beats keep the client's going, with no Worker and nothing that a content security policy has to allow.
 */
export class Tap implements IStompSocket {
  onopen: IStompSocket['onopen'] = null
  onmessage: IStompSocket['onmessage'] = null
  onerror: IStompSocket['onerror'] = null
  onclose: IStompSocket['onclose'] = null
  readonly url = ''
  heardAt: number
  readonly #socket: ClientSocket
  readonly #clock: Clock
  readonly #onEnd: (code: number, reason: string) => void
  #sentAt: number
  #answerAfterMs = Infinity
  #ended = false

  constructor(socket: ClientSocket, clock: Clock, onEnd: (code: number, reason: string) => void) {
    this.#socket = socket
    this.#clock = clock
    this.#onEnd = onEnd
    this.heardAt = this.#sentAt = clock.now()
    const assignable = socket as unknown as Assignable
    assignable.binaryType = 'arraybuffer'
    assignable.onopen = () => this.onopen?.()
    assignable.onmessage = (event) => this.#heard(event)
    assignable.onerror = () => this.onerror?.(undefined)
    assignable.onclose = ({ code, reason }) => this.#end(code ?? LOST, reason ?? '')
  }

  get readyState(): number {
    return this.#ended ? CLOSED : this.#socket.readyState
  }

  /** From now on answers heart-beats, where the server wants to hear from this side every `intervalMs`. */
  answerHeartbeats(intervalMs: number): void {
    if (intervalMs > 0) this.#answerAfterMs = intervalMs / 2
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (this.readyState !== OPEN) return
    this.#sentAt = this.#clock.now()
    this.#socket.send(data as string | ArrayBuffer)
  }

  close(): void {
    if (!this.#ended) this.#socket.close()
  }

  /** Ends it here and now; the socket may linger. */
  readonly terminate = (): void => this.give(LOST, 'heart-beats missing')

  /** The same, for another reason. */
  give(code: number, reason: string): void {
    if (this.#ended) return
    const socket = this.#socket as unknown as Assignable
    const nothing = (): void => {}
    socket.onopen = socket.onmessage = socket.onerror = socket.onclose = nothing
    if (this.#socket.terminate === undefined) this.#socket.close()
    else this.#socket.terminate()
    this.#end(code, reason)
  }

  #heard(event: { data: unknown }): void {
    this.heardAt = this.#clock.now()
    this.onmessage?.(event)
    if (this.heardAt - this.#sentAt >= this.#answerAfterMs) this.send('\n')
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.onclose?.({ code, reason })
    this.#onEnd(code, reason)
  }
}
