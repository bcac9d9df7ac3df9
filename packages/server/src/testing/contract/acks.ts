import assert from 'node:assert/strict'
import { ackOf, refuses, withBroker } from './kit.js'
import type { ContractOptions, Ground, MakeBroker, Party, Runner } from './kit.js'
import type { Received } from '../recording-subscriber.js'

export function ackContract(
  { describe, test: plainTest }: Runner,
  makeBroker: MakeBroker,
  { nack = 'others' }: ContractOptions,
): void {
  const test = (name: string, run: (ground: Ground) => Promise<void>): void =>
    plainTest(name, withBroker(makeBroker, run))

  describe('acknowledgements', () => {
    test('ack:client is cumulative: all before it on its subscription are acked too', async (ground) => {
      const { one, got, rest } = await delivered(ground, 'client')
      await one.link.ack(ackOf(got[1]!))
      await refuses('ack-unknown', () => one.link.ack(ackOf(got[0]!)))
      assert.deepEqual(await rest(1), ['3+'])
    })

    test('ack:client-individual is not cumulative', async (ground) => {
      const { one, got, rest } = await delivered(ground, 'client-individual')
      await one.link.ack(ackOf(got[1]!))
      assert.deepEqual(await rest(2), ['1+', '3+'])
    })

    if (nack === 'others') {
      test('NACK of ack:client refuses all before it too, and they keep their order', async (ground) => {
        const { one, two, queue, got } = await delivered(ground, 'client')
        await two.subscribe('b', queue, { ack: 'client' })
        await one.link.nack(ackOf(got[1]!))
        assert.deepEqual(await two.subscriber.bodies(2), ['1+', '2+'])
      })

      test('NACK of ack:client-individual gives the one message to another consumer, redelivered', async (ground) => {
        const { one, two, queue, got } = await delivered(ground, 'client-individual')
        await two.subscribe('b', queue, { ack: 'client-individual' })
        await one.link.nack(ackOf(got[1]!))
        const [again] = await two.subscriber.take(1)
        assert.deepEqual([again!.body, again!.redelivered, again!.messageId], ['2', true, got[1]!.messageId])
        await two.link.ack(ackOf(again!))
      })
    } else if (nack === 'anyone') {
      test('NACK of ack:client refuses all before it too: they are delivered again, to any consumer', async (ground) => {
        const { one, two, queue, got } = await delivered(ground, 'client')
        await two.subscribe('b', queue, { ack: 'client' })
        await one.link.nack(ackOf(got[1]!))
        const again: string[] = []
        const collect = async (party: Party): Promise<void> => {
          while (again.length < 2) again.push(...(await party.subscriber.bodies(1)))
        }
        await Promise.race([collect(one), collect(two)])
        assert.deepEqual(again.toSorted(), ['1+', '2+'])
      })
    }

    if (nack !== 'nobody')
      test('NACK redelivers to the same consumer where there is no other with room', async (ground) => {
        const { one, two, queue, got } = await delivered(ground, 'client-individual')
        await two.subscribe('b', queue)
        two.subscriber.full = true
        await one.link.nack(ackOf(got[0]!))
        assert.deepEqual(await one.subscriber.bodies(1), ['1+'])
      })

    test('UNSUBSCRIBE gives back what was not acked, in order and redelivered', async (ground) => {
      const { one, two, queue, got } = await delivered(ground, 'client-individual')
      await one.link.ack(ackOf(got[0]!))
      await one.link.unsubscribe('a')
      await two.subscribe('b', queue)
      assert.deepEqual(await two.subscriber.bodies(2), ['2+', '3+'])
    })

    test('a lost session gives back what it has not acked, before what waits', async (ground) => {
      const { one, two, queue } = await delivered(ground, 'client', 3)
      await two.send(queue, '4')
      one.link.close()
      await two.subscribe('b', queue)
      assert.deepEqual(await two.subscriber.bodies(4), ['1+', '2+', '3+', '4'])
    })

    test('one that speaks of no waiting delivery is refused', async (ground) => {
      const { one, two, got } = await delivered(ground, 'client-individual')
      const [first] = got
      for (const kind of ['ack', 'nack'] as const) {
        await refuses('ack-unknown', () => one.link[kind]({ messageId: 'none', subscriptionId: 'a' }))
        await refuses('ack-unknown', () => one.link[kind]({ ...ackOf(first!), subscriptionId: 'other' }))
        await refuses('ack-unknown', () => two.link[kind](ackOf(first!)))
      }
      await one.link.ack(ackOf(first!))
      await refuses('ack-unknown', () => one.link.nack(ackOf(first!)))
    })

    test('one that names no subscription settles the delivery wherever it is (STOMP 1.0)', async (ground) => {
      const { one, got, rest } = await delivered(ground, 'client-individual')
      for (const { messageId } of got.slice(0, 2)) {
        await one.link.ack({ messageId, subscriptionId: undefined })
      }
      assert.deepEqual(await rest(1), ['3+'])
    })

    test('a delivery is awaited until it is settled', async (ground) => {
      const { one, two, got } = await delivered(ground, 'client-individual')
      const acknowledgement = ackOf(got[0]!)
      assert.equal(one.link.awaits(acknowledgement), true)
      assert.equal(two.link.awaits(acknowledgement), false)
      await one.link.ack(acknowledgement)
      assert.equal(one.link.awaits(acknowledgement), false)
    })
  })
}

interface Delivered {
  readonly queue: string
  readonly one: Party
  readonly two: Party
  readonly got: readonly Received[]
  /** Ends the first session and gives what comes to the second, which is all that was not acked. */
  readonly rest: (count: number) => Promise<string[]>
}

/** A session `one` whose subscription `a` has got `1`, `2` and `3` of a queue, and a session that has nothing yet. */
async function delivered(
  { party, name }: Ground,
  ack: 'client' | 'client-individual',
  prefetch?: number,
): Promise<Delivered> {
  const [queue, one, two] = [name('/queue/'), await party(), await party()]
  await one.subscribe('a', queue, { ack, ...(prefetch !== undefined && { prefetch }) })
  await one.send(queue, '1', '2', '3')
  const got = await one.subscriber.take(3)
  const rest = async (count: number): Promise<string[]> => {
    one.link.close()
    await two.subscribe('a', queue)
    await two.send(queue, 'end')
    const bodies = await two.subscriber.bodies(count + 1)
    assert.equal(bodies.pop(), 'end')
    return bodies
  }
  return { queue, one, two, got, rest }
}
