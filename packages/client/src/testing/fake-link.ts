import { ClientError } from '../errors.js'
import type { Headers, Link, LinkEvents, MessageFrame, SendFrame, SessionEnd } from '../link.js'

export interface Subscribed {
  readonly id: string
  readonly destination: string
  readonly headers: Headers
}

/** A session as a test plays the server of it. */
export class FakeLink implements Link {
  readonly via = 'primary'
  heardAt = 0
  readonly events: LinkEvents
  /** What was sent and not looked at yet. */
  #sent: SendFrame[] = []
  #subscribed: Subscribed[] = []
  readonly unsubscribed: string[] = []
  readonly acknowledged: string[] = []
  closedWith: { readonly now: boolean } | undefined
  readonly #handlers = new Map<string, (message: MessageFrame) => void>()

  constructor(events: LinkEvents) {
    this.events = events
  }

  send(frame: SendFrame): void {
    this.#sent.push(frame)
  }

  subscribe(...[id, destination, headers, onMessage]: Parameters<Link['subscribe']>): void {
    this.#subscribed.push({ id, destination, headers })
    this.#handlers.set(id, onMessage)
  }

  unsubscribe(id: string, { receipt }: Headers): void {
    this.unsubscribed.push(`${id} ${receipt}`)
    this.#handlers.delete(id)
  }

  async close(how: { readonly now: boolean }): Promise<void> {
    this.closedWith ??= how
  }

  /** The bodies of the SENDs since the last look, in order. */
  bodies(): unknown[] {
    return this.sends().map(({ body }) => body)
  }

  sends(): SendFrame[] {
    return this.#sent.splice(0)
  }

  subscriptions(): Subscribed[] {
    return this.#subscribed.splice(0)
  }

  open(headers: Headers = {}): this {
    this.events.opened(headers)
    return this
  }

  /** Receipts for all of these. */
  confirm(...frames: readonly { readonly headers: Headers }[]): void {
    for (const { headers } of frames) this.events.receipt(headers['receipt']!, {})
  }

  receipt(frame: { readonly headers: Headers }, headers: Headers = {}): void {
    this.events.receipt(frame.headers['receipt']!, headers)
  }

  refuse(frame: { readonly headers: Headers } | undefined, code: string): ClientError {
    const error = new ClientError(code, { by: 'server' })
    this.events.refused({ error, receiptId: frame?.headers['receipt'], subscriptionId: undefined })
    return error
  }

  /** A message for a subscription, by its id. */
  message(id: string, body: unknown, headers: Headers = {}): void {
    this.#handlers.get(id)?.({
      headers: { destination: '/topic/a', 'content-type': 'application/json', ...headers },
      body: new TextEncoder().encode(JSON.stringify(body)),
      ack: () => void this.acknowledged.push(`ack ${String(body)}`),
      nack: () => void this.acknowledged.push(`nack ${String(body)}`),
    })
  }

  /** A message at an offset of a history. */
  retained(id: string, offset: number, epoch = 'e1'): void {
    this.message(id, offset, { 'x-stream-offset': String(offset), 'x-stream-epoch': epoch })
  }

  end(end: Partial<SessionEnd> = {}): void {
    this.events.closed({ code: 1006, reason: '', error: undefined, ...end })
  }
}
