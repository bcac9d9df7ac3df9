import { Link, after, openAll } from './link.js'
import { MarkCounter, bodyOf, numberAt } from './marks.js'
import { protocolOf } from './protocol.js'
import type { Protocol, ProtocolOptions } from './protocol.js'
import { openStream, renewing, streamRequest } from './streams.js'
import { percentiles } from './percentiles.js'
import type { Percentiles } from './percentiles.js'

export interface FanoutOptions extends Omit<ProtocolOptions, 'name'> {
  /** How the subscribers are connected. Publishers of xhr-streaming use the WebSocket below the same path. */
  readonly transport: ProtocolOptions['name'] | 'xhr-streaming'
  readonly subscribers: number
  /** Destinations that the subscribers are spread over evenly. Default 1. */
  readonly rooms?: number
  readonly publishers: number
  /** Closed loop: messages published to each room before the first of them has reached all of it. */
  readonly window?: number
  /** Open loop instead: messages a second, to all rooms together. */
  readonly rate?: number
  /** Where it is subscribed to, and sent to where that differs. */
  readonly destination?: string
  readonly sendTo?: string
  /** Whether every subscription has an id of its own. */
  readonly uniqueIds?: boolean
  /** Header lines of each SUBSCRIBE. */
  readonly subscribeHeaders?: string
  readonly bodyBytes?: number
  /** Bodies are objects, as JSON, that hold the mark in a member. */
  readonly json?: boolean
  readonly seconds: number
  /** Subscribers besides, whose deliveries are not waited for: they stop reading, or read a thousand bytes a second. */
  readonly stopped?: number
  readonly slow?: number
}

export interface FanoutResult {
  readonly deliveriesPerSecond: number
  readonly deliveries: number
  /** Of the subscribers that read. Less than nothing: more arrived than was sent. */
  readonly lost: number
  /** From publishing to arrival, in milliseconds, of one subscriber in eight. */
  readonly latency: Percentiles
}

const OPENED_AT_A_TIME = 64
const SAMPLED = 8

/** Linux keeps about four million octets for a reader that does not read. */
const FILLED_BYTES = 3_500_000

/** Messages are numbered; the numbers go round before they have more digits. */
const NUMBERS = 1 << 20

class Fanout {
  readonly #options: FanoutOptions
  readonly #protocol: Protocol
  readonly #rooms: string[]
  readonly #counter = new MarkCounter()
  readonly #sentAt = new Float64Array(NUMBERS)
  readonly #latencies: number[] = []
  #publishers: Link[] = []
  #published = 0
  #expected = 0
  #delivered = 0
  #measuring = false
  #scheduled = false
  #going = true

  constructor(options: FanoutOptions) {
    const { transport, rooms = 1, destination = '/topic/bench' } = options
    this.#options = options
    const raw = transport === 'xhr-streaming'
    this.#protocol = protocolOf({
      ...options,
      name: raw ? 'stomp-websocket' : transport,
      path: raw ? `${options.path}/websocket` : options.path,
    })
    this.#rooms = rooms === 1 ? [destination] : Array.from({ length: rooms }, (_, i) => `${destination}/${i}`)
  }

  async run(): Promise<FanoutResult> {
    const { subscribers, publishers, port, seconds, rate } = this.#options
    this.#publishers = await openAll(publishers, OPENED_AT_A_TIME, () => Link.open(port, this.#protocol.open))
    await this.#bystanders()
    await openAll(subscribers, OPENED_AT_A_TIME, (index) => this.#subscriber(index))
    // Where a server gives no receipts, all that can be done is to wait.
    if (this.#options.receipts === false) await after(500)
    const paced = rate === undefined ? this.#publish() : this.#pace(rate)
    await after(1_000)
    const from = { delivered: this.#delivered, at: performance.now() }
    this.#measuring = true
    // Whoever watches the server's CPU time begins and ends with these lines.
    console.log('measuring')
    await after(seconds * 1_000)
    console.log('measured')
    this.#measuring = false
    const deliveries = this.#delivered - from.delivered
    const deliveriesPerSecond = deliveries / ((performance.now() - from.at) / 1_000)
    this.#going = false
    await paced
    for (let tries = 0; this.#delivered < this.#expected && tries < 100; tries++) await after(100)
    // What came twice would come now.
    await after(50)
    const lost = this.#expected - this.#delivered
    return { deliveriesPerSecond, deliveries, lost, latency: percentiles(this.#latencies) }
  }

  async #subscriber(index: number): Promise<Link> {
    const { transport, port, path } = this.#options
    const destination = this.#rooms[index % this.#rooms.length]!
    const sampled = index % SAMPLED === 0
    const receive = (link: Link) => (bytes: Buffer, end: number) => this.#arrived(link, bytes, end, sampled)
    if (transport === 'xhr-streaming') {
      const stream = { port, path, id: index, destination }
      const link = await openStream(stream)
      link.receive = renewing(link, streamRequest(stream), receive(link))
      return link
    }
    const link = await this.#subscribed(index, destination)
    link.receive = receive(link)
    return link
  }

  async #subscribed(index: number, destination: string, readBytes?: number): Promise<Link> {
    const { port, uniqueIds, subscribeHeaders } = this.#options
    const id = uniqueIds === true ? `sub-${1000 + index}` : 'sub-0'
    const link = await Link.open(port, this.#protocol.open, readBytes === undefined ? {} : { readBytes })
    await link.ask(...this.#protocol.subscribe(id, destination, subscribeHeaders))
    return link
  }

  /** Those that the others must not notice. What the kernel keeps for each of them is nearly full when the others come. */
  async #bystanders(): Promise<void> {
    const { stopped = 0, slow = 0, bodyBytes = 128 } = this.#options
    if (stopped + slow === 0) return
    for (let i = 0; i < stopped; i++) (await this.#subscribed(0, this.#rooms[0]!)).socket.pause()
    for (let i = 0; i < slow; i++) {
      const link = await this.#subscribed(0, this.#rooms[0]!, 1_000)
      link.receive = () => {
        link.socket.pause()
        setTimeout(() => link.socket.resume(), 1_000)
      }
    }
    const message = this.#protocol.publish(this.#rooms[0]!, bodyOf(0, bodyBytes))
    for (let bytes = 0; bytes < FILLED_BYTES; bytes += bodyBytes) this.#publishers[0]!.socket.write(message)
    await after(1_000)
  }

  #arrived(link: Link, bytes: Buffer, end: number, sampled: boolean): void {
    if (sampled && this.#measuring) {
      const now = performance.now()
      this.#delivered += this.#counter.count(link, bytes, end, (mark) => {
        const number = numberAt(bytes, mark, end)
        if (number >= 0) this.#latencies.push(now - this.#sentAt[number]!)
      })
    } else this.#delivered += this.#counter.count(link, bytes, end)
    if (this.#scheduled || this.#options.rate !== undefined) return
    this.#scheduled = true
    // After all that has arrived is counted: publishing message by message would only measure small batches.
    setImmediate(() => {
      this.#scheduled = false
      this.#publish()
    })
  }

  /** Publishes as many messages as the window has room for. */
  #publish(): void {
    const { window = 1, subscribers } = this.#options
    if (!this.#going) return
    const each = subscribers / this.#rooms.length
    this.#send(Math.floor((window * subscribers - (this.#expected - this.#delivered)) / each))
  }

  async #pace(rate: number): Promise<void> {
    const from = performance.now()
    let sent = 0
    while (this.#going) {
      const due = Math.floor(((performance.now() - from) / 1_000) * rate)
      this.#send(due - sent)
      sent = due
      await after(1)
    }
  }

  #send(messages: number): void {
    if (messages <= 0) return
    const { subscribers, sendTo, bodyBytes = 128, json = false } = this.#options
    const batches = this.#publishers.map((): Buffer[] => [])
    const now = performance.now()
    for (let i = 0; i < messages; i++) {
      const number = this.#published++ % NUMBERS
      this.#sentAt[number] = now
      const room = this.#rooms[number % this.#rooms.length]!
      const body = bodyOf(number, bodyBytes)
      batches[number % batches.length]!.push(
        this.#protocol.publish(sendTo ?? room, json ? objectOf(body) : body),
      )
    }
    this.#expected += (messages * subscribers) / this.#rooms.length
    for (const [i, batch] of batches.entries()) {
      if (batch.length > 0) this.#publishers[i]!.socket.write(Buffer.concat(batch))
    }
  }
}

function objectOf(text: Buffer): Buffer {
  return Buffer.from(`{"room":"general","text":"${text.toString('latin1')}","at":1700000000000}`)
}

console.log(JSON.stringify(await new Fanout(JSON.parse(process.argv[2]!) as FanoutOptions).run()))
process.exit(0)
