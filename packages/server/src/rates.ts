/** A steady rate, and how much of it may come at once. */
export interface Rate {
  readonly perSecond: number
  /** Default: as much as a second's. */
  readonly burst?: number
}

/** What clients may ask of the server in a time. Left out: as much as they like. */
export interface TrafficRates {
  /** Frames but ACK, NACK and DISCONNECT. */
  readonly frames?: Rate
  /** Bodies and headers of SENDs. */
  readonly bytes?: Rate
}

export interface RateOptions {
  /** Of each session. */
  readonly session?: TrafficRates
  /** Of all sessions of a user together. Sessions without a name are nobody's. */
  readonly user?: TrafficRates
  /** Of all sessions of a remote address together; of IPv6 the first 64 bits count. */
  readonly address?: TrafficRates & {
    /** New connections: past it they get an ERROR `rate-exceeded`, whatever `answer` says. */
    readonly connections?: Rate
  }
  /**
   * What happens past a rate. `pause`: the frame waits until it is within the rate, and with it all that its session sends
   * after it; the client feels it as a slow connection and loses nothing. `error`: the frame is refused with
   * `rate-exceeded`, which ends the session unless it asked for `x-error-mode: keep`. Default `pause`.
   */
  readonly answer?: 'pause' | 'error'
}

/** @throws RangeError naming what is wrong */
export function checkedRates(options: RateOptions): RateOptions {
  const { session, user, address, answer = 'pause' } = options
  const rates = {
    'session.frames': session?.frames,
    'session.bytes': session?.bytes,
    'user.frames': user?.frames,
  }
  const all: Readonly<Record<string, Rate | undefined>> = {
    ...rates,
    'user.bytes': user?.bytes,
    'address.frames': address?.frames,
    'address.bytes': address?.bytes,
    'address.connections': address?.connections,
  }
  const wrong = Object.entries(all)
    .filter(([, rate]) => rate !== undefined && !isRate(rate))
    .map(([name, rate]) => `rates.${name} has to be of positive numbers, not ${JSON.stringify(rate)}`)
  if (answer !== 'pause' && answer !== 'error')
    wrong.push(`rates.answer has to be pause or error, not ${String(answer)}`)
  if (wrong.length > 0) throw new RangeError(wrong.join('; '))
  return { ...options, answer }
}

function isRate({ perSecond, burst = perSecond }: Rate): boolean {
  return perSecond > 0 && burst > 0 && Number.isFinite(perSecond) && Number.isFinite(burst)
}
