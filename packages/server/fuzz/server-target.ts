import assert from 'node:assert/strict'
import { turn } from '../src/testing/manual-clock.js'
import { MemoryClient } from '../src/testing/memory-client.js'
import { Conversation } from './conversation.js'
import { FuzzConnection } from './fuzz-connection.js'
import { Ground, TRIM_MS } from './ground.js'
import { mutate, pieces } from './mutate.js'
import type { Random } from './random.js'
import { QUEUES } from './vocabulary.js'

/** Connections that are open at a time, beside the witness. */
const MOST_OPEN = 24
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

/** A server to which inputs are fed, and a session that must notice nothing of it. */
export class ServerTarget {
  readonly ground: Ground
  /** Frames that came back, by command. */
  readonly answers = new Map<string, number>()
  /** What was fed last. */
  input = ''
  readonly #open: FuzzConnection[] = []
  #witness!: MemoryClient
  #before!: Ground['counts']
  #echoes = 0

  constructor(broker: 'embedded' | 'late') {
    this.ground = new Ground(broker)
  }

  async start(): Promise<void> {
    this.#witness = await MemoryClient.connected(
      this.ground.stomp.accept,
      {},
      { remoteAddress: '192.0.2.99' },
    )
    await this.#witness.ask('SUBSCRIBE', { id: 'w', destination: '/topic/witness/a', ack: 'client' })
    this.#before = this.ground.counts
  }

  /** One input: a stream, in pieces, on a new connection or on one that is open, which then goes or stays. */
  feed(random: Random): void {
    const connection = this.#connection(random)
    const wild = random.chance(0.6)
    const sane = new Conversation(random, connection, wild).stream()
    const stream = wild ? mutate(random, sane, new Conversation(random, connection, true).stream()) : sane
    this.input = stream
    if (random.chance(0.2)) connection.writable = false
    const keeps = stream.includes('keep')
    for (const piece of pieces(random, stream)) {
      this.ground.lateness = random.chance(0.03) ? 'fails' : random.pick(['now', 'late'])
      connection.send(piece, keeps)
    }
    this.ground.lateness = 'now'
    if (random.chance(0.1)) connection.drain()
    if (random.chance(0.05)) connection.finish()
    if (connection.closing ? random.chance(0.8) : random.chance(0.4)) connection.cut()
  }

  /** Lets time pass and promises be kept, and looks whether the witness still hears its own echo and nothing else. */
  async rest(random: Random): Promise<void> {
    this.ground.keepPromises(() => random.chance(0.6))
    await turn()
    if (random.chance(0.2)) await this.ground.clock.advance(random.below(400))
    if (random.chance(0.03)) await this.ground.clock.advance(3_000)
    this.#echoes++
    this.#witness.send('SEND', { destination: '/topic/witness/a' }, String(this.#echoes))
    const frame = await this.#witness.next()
    assert.equal(`${frame?.command} ${Buffer.from(frame?.body ?? '').toString()}`, `MESSAGE ${this.#echoes}`)
    this.#witness.send('ACK', { id: frame!.headers.get('ack')! })
    this.#witness.written.length = 0
    this.#bury()
  }

  /** All sessions end; then nothing of them may be left. */
  async settle(): Promise<void> {
    for (const connection of this.#open) connection.cut()
    this.#bury()
    while (this.ground.promised.length > 0) {
      this.ground.keepPromises(() => true)
      await turn()
    }
    await this.ground.clock.advance(TRIM_MS)
    // No timer may be left to end what has ended.
    const { queues, queueBytes } = this.#before
    assert.deepEqual({ ...this.ground.counts, queues, queueBytes }, this.#before)
    for (let i = 0; i < 12; i++) {
      await this.ground.clock.advance(5_000)
      this.#witness.answerProbe()
    }
    await this.#emptyQueues()
    await this.#fillAddresses()
    assert.deepEqual(this.ground.counts, this.#before)
    assert.deepEqual(await this.#witness.frames(), [])
    this.#witness.written.length = 0
  }

  #connection(random: Random): FuzzConnection {
    if (this.#open.length > 0 && random.chance(this.#open.length < MOST_OPEN ? 0.4 : 1)) {
      return random.pick(this.#open)
    }
    const { stomp, failures } = this.ground
    const connection = new FuzzConnection(stomp.accept, random.pick(ADDRESSES), (harm) => failures.push(harm))
    this.#open.push(connection)
    return connection
  }

  /** Forgets connections that are gone; those the server has said goodbye to go now. */
  #bury(): void {
    for (const connection of this.#open) {
      if (connection.closing) connection.cut()
      else assert(!connection.impatient, 'The server writes to a congested connection')
    }
    for (let i = this.#open.length - 1; i >= 0; i--) {
      if (!this.#open[i]!.gone) continue
      for (const [command, count] of Object.entries(this.#open[i]!.counts)) {
        this.answers.set(command, (this.answers.get(command) ?? 0) + count)
      }
      this.#open.splice(i, 1)
    }
  }

  /** As many connections of each address as there may be: none of those before is still counted. */
  async #fillAddresses(): Promise<void> {
    const { accept, limits } = this.ground.stomp
    const clients: MemoryClient[] = []
    for (const remoteAddress of ADDRESSES) {
      for (let i = 0; i < limits.connectionsPerAddress; i++) {
        clients.push(await MemoryClient.connected(accept, {}, { remoteAddress }))
      }
    }
    for (const client of clients) client.cut()
  }

  async #emptyQueues(): Promise<void> {
    const { accept } = this.ground.stomp
    const sweeper = await MemoryClient.connected(accept, {}, { remoteAddress: '192.0.2.98' })
    for (const destination of [...QUEUES, '/queue/dead-letter']) {
      sweeper.send('SUBSCRIBE', { id: destination, destination })
    }
    await turn()
    sweeper.cut()
  }
}
