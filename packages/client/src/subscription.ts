import { decodeBody } from './body.js'
import type { ClientError } from './errors.js'
import type { Headers, Link, MessageFrame } from './link.js'
import { Observed } from './observable.js'
import type { Observable } from './observable.js'
import { positionOf, startHeaders, wholeNumber } from './position.js'
import type { Position, Start } from './position.js'

/** A message as the application sees it. */
export interface ReceivedMessage<Body> {
  /** What the content type makes of it: JSON, text, or bytes. */
  readonly body: Body
  readonly destination: string
  readonly headers: Headers
  /** Where it stands in the history of its destination, if that has one. */
  readonly position: Position | undefined
  /** For subscriptions with `ack`; when the session that brought it is gone, these do nothing, and it comes again. */
  readonly ack: () => void
  readonly nack: () => void
}

/** How a subscription became live. */
export interface Activation {
  /** Whether it is the first time. */
  readonly first: boolean
  /**
   * Whether nothing is missing between what was had before and what comes now. The server vouches for that where the
   * destination has a history; without one it is false whenever there was a break.
   */
  readonly recovered: boolean
  /**
   * How many messages are gone for good, if that is known: 0 where `recovered`; where the history reaches not far enough
   * back, at once from a server that says where it begins (`x-stream-first`), else from the first message on that comes.
   */
  readonly missed: number | undefined
  /** The offset that the replay ends with; what comes after it is live. `undefined` where nothing is replayed. */
  readonly replayUntil: number | undefined
  /** The life of the history; places of another epoch say nothing. `undefined` where there is no history. */
  readonly epoch: string | undefined
}

/**
 * ```
 * waiting --session--> subscribing --RECEIPT--> active (replaying, then not) --unsubscribe--> ended
 *    ^                   |   \--ERROR--> refused <--revoked--/   |
 *    |____session lost___|_______________________________________|
 * ```
 */
export type SubscriptionState =
  | { readonly kind: 'waiting' | 'subscribing' | 'ended' }
  | ({ readonly kind: 'active'; readonly replaying: boolean } & Activation)
  | { readonly kind: 'refused'; readonly error: ClientError }

export interface SubscribeOptions {
  /** Where it begins the first time, at destinations with history. After a lost session it goes on where it was. */
  readonly from?: Start
  /** Default `auto`. With the others, each message has to be acknowledged. */
  readonly ack?: 'auto' | 'client' | 'client-individual'
  /** More headers for SUBSCRIBE: `prefetch-count`, say. */
  readonly headers?: Headers
  /** Called each time that the subscription has become live, before the first message. */
  readonly onActive?: (activation: Activation) => void
  /** Called when the server refuses it, or takes it away. */
  readonly onRefused?: (error: ClientError) => void
}

/** A subscription that outlives sessions. */
export interface Subscription {
  readonly destination: string
  readonly state: Observable<SubscriptionState>
  /** Where the last message stood that was had: keep it, and go on there after a reload with `from: { after }`. */
  readonly position: Position | undefined
  /** After a refusal: asks once more. */
  retry(): void
  /** No message comes any more. Idempotent. */
  unsubscribe(): void
}

export interface Subscriber {
  readonly destination: string
  readonly options: SubscribeOptions
  /** Whether it goes on where it was. Patterns cannot: each destination behind them has offsets of its own. */
  readonly resumes: boolean
  readonly handle: (message: ReceivedMessage<unknown>) => void
  readonly report: (error: unknown) => void
}

/** One subscription through all sessions: where it stands, what it has had already, what it missed. */
export class Track {
  readonly destination: string
  readonly state: Observed<SubscriptionState>
  #position: Position | undefined
  readonly #subscriber: Subscriber
  #activated = false
  /** The last offset before messages that are gone, until the first one after them comes. */
  #gapAfter: number | undefined

  constructor(subscriber: Subscriber) {
    const { destination, options, report } = subscriber
    this.destination = destination
    this.#subscriber = subscriber
    this.state = new Observed<SubscriptionState>({ kind: 'waiting' }, report)
    if (typeof options.from === 'object' && 'after' in options.from) this.#position = options.from.after
  }

  get position(): Position | undefined {
    return this.#position
  }

  /** Subscribes in a session. */
  subscribe(link: Link, id: string, receipt: string): void {
    this.state.set({ kind: 'subscribing' })
    const headers = { ...this.#subscriber.options.headers, ...this.#start(), ...this.#ackHeader(), receipt }
    link.subscribe(id, this.destination, headers, (message) => this.#received(message))
  }

  /** RECEIPT: it is live. */
  active(headers: Headers): void {
    if (this.#kind !== 'subscribing') return
    const activation = this.#activation(headers)
    const last = wholeNumber(headers['x-stream-last'])
    const epoch = headers['x-stream-epoch']
    this.#gapAfter = undefined
    if (!activation.recovered && last !== undefined) {
      // A position of another epoch, or one that the history has not reached, says nothing any more.
      const { offset, epoch: known } = this.#position ?? { offset: Infinity, epoch }
      if (known !== epoch || offset > last) this.#position = undefined
      // A server that does not say where it begins lets that be seen by the first message.
      else if (activation.missed === undefined) this.#gapAfter = offset
    }
    this.#activated = true
    const replaying = activation.replayUntil !== undefined
    // Where nothing was had yet, what is newer than this is new.
    if (!replaying && last !== undefined && this.#subscriber.resumes)
      this.#position ??= { offset: last, epoch }
    this.state.set({ kind: 'active', replaying, ...activation })
    this.#call(() => this.#subscriber.options.onActive?.(activation))
  }

  refused(error: ClientError): void {
    if (this.#kind === 'ended') return
    this.state.set({ kind: 'refused', error })
    this.#call(() => this.#subscriber.options.onRefused?.(error))
  }

  /** The session is gone. */
  lost(): void {
    if (this.#kind === 'subscribing' || this.#kind === 'active') this.state.set({ kind: 'waiting' })
  }

  /** @returns whether it was refused, and is to be asked for once more */
  again(): boolean {
    if (this.#kind !== 'refused') return false
    this.state.set({ kind: 'waiting' })
    return true
  }

  end(): void {
    this.state.set({ kind: 'ended' })
  }

  get #kind(): SubscriptionState['kind'] {
    return this.state.getSnapshot().kind
  }

  #start(): Headers {
    if (this.#position !== undefined) return startHeaders({ after: this.#position })
    const { from } = this.#subscriber.options
    if (from !== undefined) return startHeaders(from)
    // So that the receipt says where that is: a session that ends before the first message leaves no gap then.
    return this.#subscriber.resumes && this.destination.startsWith('/topic/') ? startHeaders('next') : {}
  }

  #ackHeader(): Headers {
    const { ack } = this.#subscriber.options
    return ack === undefined ? {} : { ack }
  }

  #activation(headers: Headers): Activation {
    const vouched = headers['x-stream-recovered']
    const asked = this.#position
    const first = !this.#activated
    const recovered = vouched === undefined ? first && asked === undefined : vouched === 'true'
    const last = wholeNumber(headers['x-stream-last'])
    const begins = wholeNumber(headers['x-stream-first'])
    const sameEpoch = asked !== undefined && headers['x-stream-epoch'] === asked.epoch
    const had = sameEpoch && asked.offset <= (last ?? 0) ? asked.offset : 0
    const gap = had > 0 && begins !== undefined ? Math.max(0, begins - had - 1) : undefined
    const asksReplay = asked !== undefined || !isNext(this.#subscriber.options.from)
    const replayUntil = last !== undefined && last > had && asksReplay ? last : undefined
    const epoch = headers['x-stream-epoch']
    return { first, recovered, missed: recovered ? 0 : gap, replayUntil, epoch }
  }

  #received(frame: MessageFrame): void {
    const position = positionOf(frame.headers)
    if (position !== undefined && this.#subscriber.resumes && !this.#advance(position)) return
    this.#call(() => {
      this.#subscriber.handle({
        body: decodeBody(frame.body, frame.headers['content-type']),
        destination: frame.headers['destination'] ?? this.destination,
        headers: frame.headers,
        position,
        ack: () => frame.ack(),
        nack: () => frame.nack(),
      })
    })
  }

  /** @returns false for what was had already */
  #advance(position: Position): boolean {
    const before = this.#position
    const sameEpoch = before?.epoch === position.epoch
    if (sameEpoch && before !== undefined && position.offset <= before.offset) return false
    this.#position = position
    this.#note(position.offset)
    return true
  }

  /** The first message after a gap tells how wide it is; one of them ends the replay. */
  #note(offset: number): void {
    const state = this.state.getSnapshot()
    if (state.kind !== 'active') return
    const gapAfter = this.#gapAfter
    this.#gapAfter = undefined
    const replayed = state.replaying && offset >= (state.replayUntil ?? 0)
    if (!replayed && gapAfter === undefined) return
    const missed = gapAfter === undefined ? state.missed : offset - gapAfter - 1
    this.state.set({ ...state, replaying: state.replaying && !replayed, missed })
  }

  #call(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#subscriber.report(error)
    }
  }
}

function isNext(from: Start | undefined): boolean {
  return from === undefined || from === 'next'
}
