import { FrameDecoder, FrameError, StompHeaders, encodeFrame } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Timer } from '../../clock.js'
import { StompError } from '../../errors.js'
import { Gathering } from './gathering.js'
import { DIALECTS, dialectOf } from './names.js'
import type { Dialect } from './names.js'
import type { RelaySettings, UpstreamAddress } from './settings.js'

/** What the owner of a connection is told. */
export interface UpstreamHooks {
  /** A MESSAGE. */
  message(frame: Frame): void
  /** It is gone, whatever the cause; called once, and only after it was open. */
  lost(cause: Error): void
}

interface Waiting {
  readonly done: () => void
  readonly failed: (error: Error) => void
}

export const NO_BODY: Uint8Array = new Uint8Array(0)

/**
 * One STOMP connection to the broker behind.
 *
 *     connecting ──CONNECTED──> open ──ERROR, silence, close──> lost
 *          └──refused, time-out──> (the promise of `open` is rejected)
 */
export class Upstream {
  readonly #settings: RelaySettings
  readonly #socket: Socket
  readonly #decoder: FrameDecoder
  readonly #gathering: Gathering
  readonly #receipts = new Map<string, Waiting>()
  readonly #hooks: UpstreamHooks
  #opening: Waiting | undefined
  #dialect: Dialect = DIALECTS.rabbitmq
  #nextReceipt = 0
  #corked = false
  #room: Promise<void> | undefined
  #lastReceived: number
  #lastWritten = 0
  readonly #timers: Timer[] = []
  #over: Error | undefined
  /** The owner ended it. */
  #left = false

  private constructor(address: UpstreamAddress, settings: RelaySettings, hooks: UpstreamHooks) {
    const { frameBytes, clock } = settings
    this.#settings = settings
    this.#hooks = hooks
    this.#decoder = new FrameDecoder({ frameBytes, headerCount: 10_000, headerBytes: frameBytes }, 'server')
    this.#gathering = new Gathering(clock, () => this.#takeAll())
    const { host, port, tls } = address
    const socket = tls ? connectTls({ host, port, servername: host, ...settings.tls }) : connect(port, host)
    this.#socket = socket
    this.#lastReceived = clock.now()
    socket.setNoDelay(true).setKeepAlive(true, 30_000)
    socket.on('data', (bytes) => this.#received(bytes))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('The broker closed the connection')))
  }

  /**
   * Connects and logs in.
   *
   * @throws Error (by rejection) when the broker cannot be reached, refuses, or does not answer within `connectMs`
   */
  static async open(
    address: UpstreamAddress,
    credentials: { readonly login: string; readonly passcode: string },
    settings: RelaySettings,
    hooks: UpstreamHooks,
  ): Promise<Upstream> {
    const upstream = new Upstream(address, settings, hooks)
    await new Promise<void>((resolve, reject) => {
      upstream.#opening = { done: resolve, failed: reject }
      upstream.#after(settings.connectMs, () => {
        if (upstream.#opening !== undefined) upstream.#end(new Error('The broker did not answer in time'))
      })
      const { login, passcode } = credentials
      const connectHeaders = StompHeaders.from({
        'accept-version': '1.2,1.1,1.0',
        host: address.virtualHost,
        login,
        passcode,
        'heart-beat': `${settings.heartbeatSendMs},${settings.heartbeatReceiveMs}`,
        // For stomping-ground: what it refuses shall not cost the others their connection.
        'x-error-mode': 'keep',
      })
      upstream.#write('CONNECT', connectHeaders.flat)
    })
    return upstream
  }

  get dialect(): Dialect {
    return this.#dialect
  }

  /** Whether it is gone. */
  get over(): boolean {
    return this.#over !== undefined
  }

  /**
   * Sends a frame. With `confirm` the promise resolves when the broker says that it is done; without, it is done when
   * there is room for more.
   *
   * @throws StompError (by rejection) `broker-refused` or `broker-unavailable`
   */
  send(
    command: ClientCommand,
    headers: readonly string[],
    body: Uint8Array,
    confirm: boolean,
  ): void | Promise<void> {
    if (this.#over !== undefined) return Promise.reject(unavailable(this.#over))
    if (!confirm) {
      this.#write(command, headers, body)
      return this.#socket.writableLength > this.#settings.sendBytes ? this.#drained() : undefined
    }
    const receipt = `r-${this.#nextReceipt++}`
    return new Promise((done, failed) => {
      this.#receipts.set(receipt, { done, failed })
      this.#write(command, [...headers, 'receipt', receipt], body)
    })
  }

  /** Sends a frame that nobody waits for. */
  tell(command: ClientCommand, headers: readonly string[], body = NO_BODY): void {
    if (this.#over === undefined) this.#write(command, headers, body)
  }

  /** Says goodbye, and resolves when the broker has carried out all that was sent, or is gone. */
  async goodbye(): Promise<void> {
    try {
      await this.send('DISCONNECT', [], NO_BODY, true)
    } catch {
      // It is gone: that is what was wished.
    }
    this.destroy()
  }

  /** Ends it without a word; its owner is told nothing. */
  destroy(): void {
    this.#left = true
    this.#end(new Error('The connection was closed'))
  }

  #write(command: ClientCommand, headers: readonly string[], body = NO_BODY): void {
    this.#lastWritten = this.#settings.clock.now()
    this.#cork()
    const frame = { command, headers: new StompHeaders(headers), body }
    this.#socket.write(encodeFrame(frame, this.#decoder.version))
  }

  /** All that is written in a turn goes out as one. */
  #cork(): void {
    if (this.#corked) return
    this.#corked = true
    this.#socket.cork()
    setImmediate(() => {
      this.#corked = false
      this.#socket.uncork()
    })
  }

  #drained(): Promise<void> {
    this.#room ??= new Promise((resolve) => {
      const settle = (): void => {
        this.#room = undefined
        resolve()
      }
      this.#socket.once('drain', settle)
      this.#socket.once('close', settle)
    })
    return this.#room
  }

  #received(bytes: Uint8Array): void {
    this.#lastReceived = this.#settings.clock.now()
    this.#decoder.push(bytes)
    this.#gathering.arrived()
  }

  /** @returns how many frames there were */
  #takeAll(): number {
    let frames = 0
    try {
      for (
        let frame = this.#decoder.read();
        frame !== undefined && this.#over === undefined;
        frame = this.#decoder.read()
      ) {
        frames++
        this.#take(frame)
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.#end(error)
    }
    return frames
  }

  #take(frame: Frame): void {
    const { command, headers } = frame
    if (command === 'MESSAGE') this.#hooks.message(frame)
    else if (command === 'RECEIPT') this.#settle(headers.get('receipt-id'))?.done()
    else if (command === 'CONNECTED') this.#connected(headers)
    else if (command === 'ERROR') this.#refused(frame)
  }

  #refused(frame: Frame): void {
    const cause = new Error(errorText(frame))
    const waiting = this.#settle(frame.headers.get('receipt-id'))
    // STOMP 1.2 "ERROR": the server closes the connection after it. Some do not, where one frame alone was wrong.
    if (waiting === undefined) this.#end(cause)
    else waiting.failed(new StompError('broker-refused', undefined, { cause }))
  }

  #settle(receipt: string | undefined): Waiting | undefined {
    if (receipt === undefined) return undefined
    const waiting = this.#receipts.get(receipt)
    this.#receipts.delete(receipt)
    return waiting
  }

  #connected(headers: StompHeaders): void {
    const version = headers.get('version') ?? '1.0'
    this.#decoder.version = version as StompVersion
    const { dialect } = this.#settings
    this.#dialect = dialect === undefined ? dialectOf(headers.get('server')) : DIALECTS[dialect]
    this.#beat(headers.get('heart-beat'))
    const opening = this.#opening
    this.#opening = undefined
    opening?.done()
  }

  /** STOMP 1.2 "Heart-beating". The broker is dead when nothing came for twice the interval. */
  #beat(agreed: string | undefined): void {
    const { heartbeatSendMs, heartbeatReceiveMs, clock } = this.#settings
    const [sends = 0, wants = 0] = (agreed ?? '').split(',').map(Number)
    const outgoing = heartbeatSendMs === 0 || !(wants > 0) ? 0 : Math.max(heartbeatSendMs, wants)
    const incoming = heartbeatReceiveMs === 0 || !(sends > 0) ? 0 : Math.max(heartbeatReceiveMs, sends)
    if (outgoing > 0) {
      this.#every(outgoing / 2, () => {
        if (clock.now() - this.#lastWritten < outgoing / 2) return
        this.#lastWritten = clock.now()
        this.#socket.write('\n')
      })
    }
    if (incoming > 0) {
      this.#every(incoming, () => {
        if (clock.now() - this.#lastReceived > 2 * incoming) this.#end(new Error('The broker is silent'))
      })
    }
  }

  #every(ms: number, run: () => void): void {
    this.#after(ms, () => {
      run()
      if (this.#over === undefined) this.#every(ms, run)
    })
  }

  #after(ms: number, run: () => void): void {
    const timer = this.#settings.clock.after(ms, () => {
      this.#timers.splice(this.#timers.indexOf(timer), 1)
      run()
    })
    this.#timers.push(timer)
  }

  #end(cause: Error): void {
    if (this.#over !== undefined) return
    this.#over = cause
    for (const timer of this.#timers.splice(0)) timer.cancel()
    this.#socket.destroy()
    const opening = this.#opening
    this.#opening = undefined
    for (const { failed } of this.#receipts.values()) failed(unavailable(cause))
    this.#receipts.clear()
    if (opening !== undefined) opening.failed(cause)
    else if (!this.#left) this.#hooks.lost(cause)
  }
}

export function unavailable(cause?: unknown): StompError {
  return new StompError('broker-unavailable', undefined, { cause })
}

function errorText({ headers, body }: Frame): string {
  return [headers.get('message'), Buffer.from(body).toString().trim()].filter((part) => part).join(': ')
}
