import * as fc from 'fast-check'
import { StompHeaders } from '@stomping-ground/codec'
import { expect, test } from 'vitest'
import { SlowStore } from '../../../test/slow-store.js'
import { contentOf } from '../../messaging/messaging.js'
import { message } from '../../testing/contract/kit.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { RecordingSubscriber } from '../../testing/recording-subscriber.js'
import type { Received } from '../../testing/recording-subscriber.js'
import type { BrokerLink } from '../broker.js'
import { embeddedBroker } from '../embedded/embedded.js'
import { HistoryBroker } from './history.js'
import { memoryStore } from './memory-store.js'

const TOPIC = '/topic/a'

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('publish' as const), retain: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      from: fc.constantFrom('first', 'last', 'next', 'offset=1', 'offset=4', 'last=3', undefined),
      ack: fc.constantFrom('auto' as const, 'auto' as const, 'client-individual' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('replace' as const), pick: fc.nat(99) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('congest' as const), pick: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ready' as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('ack' as const), pick: fc.nat(9) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answer' as const), pick: fc.nat(9) }) },
)

/** One session with one subscription, and what it has got. */
class Party {
  readonly subscriber = new RecordingSubscriber()
  readonly link: BrokerLink
  readonly acked: boolean
  /** How often each message was replaced when it subscribed, by offset: it may not get an older one. */
  readonly atLeast: ReadonlyMap<number, number>
  active: readonly string[] | undefined
  /** What had come when it was told that it is active. */
  activeAfter = 0
  gone = false
  /** Retained messages that were published to everybody when the subscription was active, and are older than it. */
  readonly got: Received[] = []

  constructor(broker: HistoryBroker, acked: boolean, atLeast: ReadonlyMap<number, number>) {
    this.atLeast = new Map(atLeast)
    this.link = broker.connect(this.subscriber) as BrokerLink
    this.acked = acked
  }

  /** Congestion slows a replay down, and is no reason to refuse what is live. */
  set congested(value: boolean) {
    this.subscriber.congested = value
    if (!value) this.link.ready()
  }

  take(): void {
    this.got.push(...this.subscriber.received.splice(0))
  }

  settle(): void {
    this.take()
    const last = this.got.at(-1)
    if (!this.acked || last === undefined) return
    for (const { messageId } of this.got) {
      const acknowledgement = { subscriptionId: 's', messageId }
      if (this.link.awaits(acknowledgement)) void this.link.ack(acknowledgement)
    }
  }
}

/** Lets answers come in any order and at any time. */
class Answers {
  readonly waiting: (() => void)[] = []

  async answer(pick: number): Promise<void> {
    if (this.waiting.length > 0) this.waiting.splice(pick % this.waiting.length, 1)[0]!()
    await new Promise(setImmediate)
  }
}

/** What is wrong with what a party has got, where these are the retained messages by their offsets. */
function complaints(party: Party, retained: readonly string[]): string[] {
  const wrong: string[] = []
  const got = party.got.filter(({ headers }) => headers['x-stream-offset'] !== undefined)
  const offsets = got.map(({ headers }) => Number(headers['x-stream-offset']))
  for (const [i, { body }] of got.entries()) {
    if (i > 0 && offsets[i] !== offsets[i - 1]! + 1)
      wrong.push(`${offsets[i - 1]} was followed by ${offsets[i]}`)
    const [original, version] = body.split(' v')
    if (original !== retained[offsets[i]! - 1]) wrong.push(`${body} came as ${offsets[i]}`)
    const least = party.atLeast.get(offsets[i]!) ?? 0
    if (Number(version ?? 0) < least) wrong.push(`${body} came after v${least}`)
  }
  if (party.subscriber.lostFor !== undefined) wrong.push('it was given up')
  if (party.activeAfter > 0) wrong.push('a delivery came before it was active')
  if (party.gone) return wrong
  if (party.active === undefined) wrong.push('it never was active')
  // What was told at its beginning is where it stands when nothing has come.
  const told = party.active ?? []
  const end = offsets.at(-1) ?? Number(told[told.indexOf('x-stream-last') + 1] ?? retained.length)
  if (end !== retained.length) wrong.push(`it ended with ${end}`)
  return wrong
}

test('whatever comes between, a subscription gets every retained message from its beginning on, once, in order and as it then was', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80, size: 'max' }),
      fc.integer({ min: 1, max: 8 }),
      fc.record({ several: fc.boolean(), readsWhenAsked: fc.boolean() }),
      async (steps, recent, { several, readsWhenAsked }) => {
        const answers = new Answers()
        const watch = several ? () => {} : undefined
        const store = new SlowStore((answer) => answers.waiting.push(answer), memoryStore(), watch)
        store.readsWhenAsked = readsWhenAsked
        const options = {
          store,
          retain: [{ destination: TOPIC, count: 1_000 }],
          recentMessages: recent,
          pageMessages: 3,
        }
        const observer = { available() {}, appended() {}, replayed() {}, trimFailed() {} }
        const broker = new HistoryBroker(embeddedBroker(), options, {
          clock: new ManualClock(),
          observer,
          encode: contentOf,
        })
        const parties: Party[] = []
        let published = 0
        let retained = 0
        const done: string[] = []
        const publishing: Promise<unknown>[] = []
        const asked = new Map<number, number>()
        const replaced = new Map<number, number>()
        for (const one of steps) {
          const party = 'pick' in one ? parties[one.pick % Math.max(1, parties.length)] : undefined
          if (one.do === 'publish') {
            const body = String(published++)
            if (one.retain) retained++
            const sent = message(TOPIC, body)
            const sending = broker.publish(one.retain ? sent : { ...sent, retain: false })
            publishing.push(Promise.resolve(sending).then(() => one.retain && done.push(body)))
          } else if (one.do === 'subscribe') {
            const joining = new Party(broker, one.ack !== 'auto', replaced)
            const headers = StompHeaders.from({ 'x-stream-offset': one.from, 'prefetch-count': '2' })
            void joining.link.subscribe({ id: 's', destination: TOPIC, ack: one.ack, headers }, (told) => {
              joining.activeAfter = joining.subscriber.received.length
              joining.active = told ?? []
            })
            parties.push(joining)
          } else if (one.do === 'replace') {
            if (done.length === 0) continue
            const offset = 1 + (one.pick % done.length)
            const version = (asked.get(offset) ?? 0) + 1
            asked.set(offset, version)
            const replacing = broker.replace(TOPIC, offset, `${done[offset - 1]} v${version}`)
            publishing.push(
              replacing.then(() => replaced.set(offset, Math.max(version, replaced.get(offset) ?? 0))),
            )
          } else if (one.do === 'answer') await answers.answer(one.pick)
          else if (party !== undefined && one.do === 'unsubscribe') {
            party.take()
            party.gone = true
            void party.link.unsubscribe('s')
          } else if (party !== undefined && one.do === 'congest') party.congested = true
          else if (party !== undefined && one.do === 'ready') party.congested = false
          else if (party !== undefined) party.settle()
        }
        for (let quiet = 0; quiet < 5;) {
          for (const party of parties) {
            party.congested = false
            const before = party.got.length
            party.settle()
            if (party.got.length > before) quiet = 0
          }
          if (answers.waiting.length > 0) quiet = 0
          await answers.answer(0)
          quiet++
        }
        await Promise.all(publishing)
        expect(done).toHaveLength(retained)
        expect([...replaced]).toEqual(expect.arrayContaining([...asked]))
        for (const party of parties) {
          party.take()
          expect(complaints(party, done)).toEqual([])
        }
        for (const party of parties) party.link.close()
        expect(broker.topics.size).toBe(0)
      },
    ),
    { numRuns: 1_000 },
  )
})
