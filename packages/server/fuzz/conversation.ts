import type { Random } from './random.js'
import {
  HANDLERS,
  HEARTBEATS,
  IDS,
  NAMES,
  OFFSETS,
  REPLY_TO,
  SEND_TO,
  SUBSCRIBE_TO,
  TRANSACTIONS,
  VALUES,
  VERSIONS,
  WRONG_DESTINATIONS,
  WRONG_IDS,
  WRONG_LENGTHS,
  WRONG_OFFSETS,
  WRONG_REPLY_TO,
  WRONG_TRANSACTIONS,
} from './vocabulary.js'

/** What a client knows of its session, so that some of what it sends makes sense. */
export interface Knowledge {
  connected: boolean
  version: '1.0' | '1.1' | '1.2'
  /** MESSAGEs that can be acked, the latest last. */
  readonly deliveries: { readonly messageId: string; readonly subscription: string; readonly ack: string }[]
  /** Addresses that came in `reply-to`. */
  readonly addresses: string[]
  /** Ids and names that it has asked for and not given up. */
  readonly subscriptions: Set<string>
  readonly transactions: Set<string>
}

/**
 * Writes frames as a client sends them; each character is an octet. A sane client means what it says; a wild one says
 * something else now and then.
 */
export class Conversation {
  readonly #random: Random
  readonly #known: Knowledge
  readonly #wild: boolean

  constructor(random: Random, known: Knowledge, wild: boolean) {
    this.#random = random
    this.#known = known
    this.#wild = wild
  }

  stream(): string {
    let stream = ''
    if (!this.#known.connected && !this.#odd(0.05)) stream += this.#connect()
    for (let i = this.#random.below(8); i > 0; i--) stream += this.#anyFrame()
    return stream
  }

  #anyFrame(): string {
    const random = this.#random
    const kind = random.below(100)
    if (kind < 5) return this.#request()
    if (kind < 35) return this.#send()
    if (kind < 55) return this.#subscribe()
    if (kind < 60) return this.#unsubscribe()
    if (kind < 80) return this.#acknowledge()
    if (kind < 86) return this.#begin()
    if (kind < 94) return this.#end()
    if (kind < 96) return random.pick(['\n', '\r\n', '\n\n\n'])
    if (kind < 97) return this.#frame('DISCONNECT', '')
    if (!this.#odd(0.5)) return ''
    const command = random.pick(['CONNECT', 'NOTHING', 'MESSAGE', 'send', '', 'CONNECTED', 'ERROR'])
    return command === 'CONNECT' ? this.#connect() : this.#frame(command, this.#destination(SEND_TO))
  }

  #connect(): string {
    const headers =
      this.#some('accept-version', VERSIONS, ['2.0', ',', ''], 0.95) +
      this.#some('host', ['h'], [''], 0.9) +
      this.#some('login', ['anna', 'later'], ['refused', 'refused-later'], 0.5) +
      this.#some('heart-beat', HEARTBEATS, ['1', 'x,y', ''], 0.3) +
      this.#some('x-error-mode', ['keep'], ['drop'], 0.6)
    return `${this.#random.pick(['CONNECT', 'CONNECT', 'STOMP'])}\n${headers}${this.#extras()}\n\0`
  }

  #send(): string {
    const random = this.#random
    const { addresses } = this.#known
    const headers =
      this.#destination(addresses.length > 0 && random.chance(0.15) ? addresses : SEND_TO) +
      this.#transaction(0.2) +
      this.#some(
        'content-type',
        ['text/plain', 'image/png'],
        ['application/json', 'text/plain;charset=x', ''],
        0.4,
      ) +
      this.#some('message-ttl', ['0', '1', '100'], ['x'], 0.1) +
      this.#some('expires', ['0', '1', '9999999999999'], ['-1'], 0.05) +
      this.#some('key', ['a', 'b', 'c'], [''], 0.3) +
      this.#some('x-message-id', ['m0', 'm1', 'm2'], ['', 'm'.repeat(200)], 0.1) +
      this.#some('reply-to', REPLY_TO, WRONG_REPLY_TO, 0.1)
    const body = random.chance(0.3)
      ? '{"a":1}'
      : random.octets(random.chance(0.05) ? random.below(3_000) : random.below(60))
    if (this.#odd(0.1))
      return this.#frame('SEND', `${headers}content-length:${random.pick(WRONG_LENGTHS)}\n`, body)
    if (this.#odd(0.3)) return this.#frame('SEND', headers, body)
    return this.#frame('SEND', `${headers}content-length:${body.length}\n`, body)
  }

  #request(): string {
    const headers =
      this.#destination(HANDLERS) +
      this.#some('reply-to', REPLY_TO, WRONG_REPLY_TO, 1) +
      this.#some('correlation-id', ['c0', 'c1'], [''], 0.5) +
      this.#transaction(0.02)
    return this.#frame('SEND', headers, this.#random.pick(['', 'x', '{"a":1}', 'x'.repeat(500)]))
  }

  #subscribe(): string {
    const { subscriptions } = this.#known
    const free = IDS.filter((id) => !subscriptions.has(id))
    const id = this.#one(free.length > 0 ? free : IDS, WRONG_IDS)
    subscriptions.add(id)
    const headers =
      this.#destination(SUBSCRIBE_TO) +
      `id:${id}\n` +
      this.#some('ack', ['client', 'client', 'client-individual', 'auto'], ['none', ''], 0.6) +
      this.#some('x-stream-offset', OFFSETS, WRONG_OFFSETS, 0.3) +
      this.#some('x-stream-epoch', ['another'], [''], 0.05) +
      this.#some('prefetch-count', ['1', '2', '0', '100'], ['x', ''], 0.2) +
      (this.#odd(0.01) ? 'selector:a = 1\n' : '')
    return this.#frame('SUBSCRIBE', headers)
  }

  #unsubscribe(): string {
    const { subscriptions } = this.#known
    const id = this.#one(subscriptions.size > 0 ? [...subscriptions] : IDS, WRONG_IDS)
    subscriptions.delete(id)
    return this.#frame('UNSUBSCRIBE', `id:${id}\n`)
  }

  #acknowledge(): string {
    const random = this.#random
    const { deliveries, version } = this.#known
    if (deliveries.length === 0 && !this.#odd(0.1)) return this.#send()
    const none = { messageId: 'none', subscription: '0', ack: 'none@0' }
    // Mostly the latest, which is not acked yet; it is forgotten, so that the next is another.
    const at = this.#odd(0.2) ? random.below(deliveries.length + 1) : deliveries.length - 1
    const { messageId, subscription, ack } = deliveries[at] ?? none
    if (!this.#odd(0.3)) deliveries.splice(at, 1)
    const headers =
      version === '1.2' ? `id:${ack}\n` : `message-id:${messageId}\nsubscription:${subscription}\n`
    return this.#frame(
      random.pick(['ACK', 'ACK', version === '1.0' ? 'ACK' : 'NACK']),
      headers + this.#transaction(0.2),
    )
  }

  #begin(): string {
    const { transactions } = this.#known
    const free = TRANSACTIONS.filter((name) => !transactions.has(name))
    const name = this.#one(free.length > 0 ? free : TRANSACTIONS, WRONG_TRANSACTIONS)
    transactions.add(name)
    return this.#frame('BEGIN', `transaction:${name}\n`)
  }

  #end(): string {
    const { transactions } = this.#known
    if (transactions.size === 0 && !this.#odd(0.1)) return this.#begin()
    const name = this.#one(transactions.size > 0 ? [...transactions] : TRANSACTIONS, WRONG_TRANSACTIONS)
    transactions.delete(name)
    return this.#frame(this.#random.pick(['COMMIT', 'COMMIT', 'ABORT']), `transaction:${name}\n`)
  }

  #transaction(probability: number): string {
    const { transactions } = this.#known
    if (transactions.size === 0 && !this.#odd(0.1)) return ''
    return this.#some(
      'transaction',
      transactions.size > 0 ? [...transactions] : TRANSACTIONS,
      WRONG_TRANSACTIONS,
      probability,
    )
  }

  #destination(good: readonly string[]): string {
    return this.#odd(0.02) ? '' : `destination:${this.#one(good, WRONG_DESTINATIONS)}\n`
  }

  #frame(command: string, headers: string, body = ''): string {
    return `${command}\n${headers}${this.#extras()}\n${body}\0${this.#random.chance(0.2) ? '\n' : ''}`
  }

  /** A receipt, headers of any kind, a flood of them. */
  #extras(): string {
    const random = this.#random
    let headers = random.chance(0.3) ? `receipt:${random.below(100)}\n` : ''
    if (!this.#wild) return headers
    while (random.chance(0.1)) headers += `${random.pick(NAMES)}:${random.pick(VALUES)}\n`
    if (random.chance(0.003)) headers += 'flood:x\n'.repeat(random.below(200))
    if (random.chance(0.003)) headers += `long:${'x'.repeat(random.below(5_000))}\n`
    return headers
  }

  #some(name: string, good: readonly string[], bad: readonly string[], probability: number): string {
    return this.#random.chance(probability) ? `${name}:${this.#one(good, bad)}\n` : ''
  }

  #one(good: readonly string[], bad: readonly string[]): string {
    return this.#random.pick(this.#odd(0.1) ? bad : good)
  }

  /** Whether a wild client does something odd now. */
  #odd(probability: number): boolean {
    return this.#wild && this.#random.chance(probability)
  }
}
