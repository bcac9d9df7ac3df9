import type { ClientCommand, Frame } from '@stomping-ground/codec'
import { LONGEST_TIMER_MS } from '../clock.js'
import type { Clock, Timer } from '../clock.js'
import { StompError } from '../errors.js'
import { addressBlock } from '../ip-address.js'
import type { RateOptions, TrafficRates } from '../rates.js'
import type { StompUser } from '../stomp-session.js'
import type { Session } from './session.js'
import { NamedBuckets, TokenBucket } from './token-bucket.js'

/** Acks are answers to deliveries, whose number the server decides; nobody is kept from leaving; CONNECT is a connection. */
const FREE: ReadonlySet<ClientCommand> = new Set(['ACK', 'NACK', 'DISCONNECT', 'CONNECT', 'STOMP'])

/** The rates of a server, and what is left of them for its users and addresses. */
export class RateLimiter {
  readonly clock: Clock
  readonly refuses: boolean
  readonly session: TrafficRates
  readonly #user: NamedTraffic
  readonly #address: NamedTraffic
  readonly #connections: NamedBuckets | undefined

  constructor({ session = {}, user = {}, address = {}, answer }: RateOptions, clock: Clock) {
    this.clock = clock
    this.refuses = answer === 'error'
    this.session = session
    this.#user = namedTraffic(user)
    this.#address = namedTraffic(address)
    this.#connections = address.connections && new NamedBuckets(address.connections)
  }

  /** @throws StompError `rate-exceeded` */
  connects(address: string): void {
    const now = this.clock.now()
    const bucket = this.#connections?.get(addressBlock(address), now)
    if (bucket === undefined) return
    if (!bucket.has(1, now)) throw new StompError('rate-exceeded', 'This address connects too often.')
    bucket.take(1, now)
  }

  /** The buckets that a frame of this user from this address takes from, besides its session's. */
  shared(kind: keyof TrafficRates, name: string, address: string, now: number): (TokenBucket | undefined)[] {
    return [
      name === '' ? undefined : this.#user[kind]?.get(name, now),
      this.#address[kind]?.get(addressBlock(address), now),
    ]
  }
}

interface NamedTraffic {
  readonly frames: NamedBuckets | undefined
  readonly bytes: NamedBuckets | undefined
}

function namedTraffic({ frames, bytes }: TrafficRates): NamedTraffic {
  return { frames: frames && new NamedBuckets(frames), bytes: bytes && new NamedBuckets(bytes) }
}

/** One session's part of it; made with its first frame that counts. */
export class SessionRate {
  readonly #limiter: RateLimiter
  readonly #frames: TokenBucket | undefined
  readonly #bytes: TokenBucket | undefined
  #pause: Timer | undefined

  constructor(limiter: RateLimiter) {
    const now = limiter.clock.now()
    this.#limiter = limiter
    this.#frames = limiter.session.frames && new TokenBucket(limiter.session.frames, now)
    this.#bytes = limiter.session.bytes && new TokenBucket(limiter.session.bytes, now)
  }

  /**
   * @returns a promise where the frame has to wait
   * @throws StompError `rate-exceeded` where frames are refused past a rate
   */
  admit<User extends StompUser>(
    session: Session<User>,
    frame: Frame<ClientCommand>,
  ): Promise<void> | undefined {
    if (FREE.has(frame.command)) return undefined
    const { clock, refuses } = this.#limiter
    const now = clock.now()
    const takings = this.#takings(session, frame, now)
    if (refuses && takings.some(([bucket, tokens]) => !bucket.has(tokens, now))) {
      throw new StompError('rate-exceeded')
    }
    let waitMs = 0
    for (const [bucket, tokens] of takings) waitMs = Math.max(waitMs, bucket.take(tokens, now))
    if (waitMs === 0 || refuses) return undefined
    session.services.metrics.ratePauses++
    return new Promise((resolve) => (this.#pause = clock.after(Math.min(waitMs, LONGEST_TIMER_MS), resolve)))
  }

  /** Nothing waits any more: the session has ended. */
  stop(): void {
    this.#pause?.cancel()
  }

  #takings<User extends StompUser>(
    { user, remoteAddress }: Session<User>,
    frame: Frame<ClientCommand>,
    now: number,
  ): readonly (readonly [TokenBucket, number])[] {
    const takings: [TokenBucket, number][] = []
    const take = (tokens: number, own: TokenBucket | undefined, kind: keyof TrafficRates): void => {
      for (const bucket of [own, ...this.#limiter.shared(kind, user.name, remoteAddress, now)]) {
        if (bucket !== undefined) takings.push([bucket, tokens])
      }
    }
    take(1, this.#frames, 'frames')
    if (frame.command === 'SEND') take(bytesOf(frame), this.#bytes, 'bytes')
    return takings
  }
}

function bytesOf({ body, headers }: Frame): number {
  let bytes = body.length
  for (const text of headers.flat) bytes += text.length
  return bytes
}
