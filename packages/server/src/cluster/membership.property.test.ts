import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ether } from '../../test/ether.js'
import type { EtherBroker } from '../../test/ether.js'
import { ManualClock } from '../testing/manual-clock.js'
import type { Channel, Node, SharedMap } from './cluster.js'
import { Membership } from './membership.js'
import { clusterSettings } from './settings.js'

const SIZES = { nodes: 3, keys: 4 }

/** What one run of one node has seen. */
interface Heard {
  readonly from: string
  readonly value: number | 'missed'
  readonly at: number
}

/** One process of a cluster, which can be killed and started again. */
class Process {
  readonly membership: Membership
  readonly broker: EtherBroker
  readonly map: SharedMap<number>
  readonly channel: Channel<number>
  readonly own = new Map<string, number>()
  /** What its observer has made of the changes. */
  readonly view = new Map<string, number>()
  readonly heard: Heard[] = []
  /** The nodes that it has ever known. */
  readonly knew = new Set<string>()
  readonly startedAt: number

  constructor(world: World) {
    this.startedAt = world.step
    this.broker = world.ether.broker()
    this.membership = new Membership(this.broker, clusterSettings({}), world.clock, {
      joined: ({ name }) => void this.knew.add(name),
      left() {},
      failed: (error) => world.failures.push(error),
      counts: { nodes: 1, clusterSent: 0, clusterReceived: 0, clusterMissed: 0, clusterSnapshots: 0 },
    })
    this.broker.observe({
      dropped() {},
      availability: (available) => this.membership.availability(available),
    })
    this.map = this.membership.shared<number>('map', {
      changed: ({ key, node, value, before }) => {
        const name = `${node.name} ${key}`
        if (this.view.get(name) !== before) world.failures.push(new Error(`${name} was not ${before}`))
        if (value === undefined) this.view.delete(name)
        else this.view.set(name, value)
      },
    })
    const hear = ({ name }: Node, value: number | 'missed'): void =>
      void this.heard.push({ from: name, value, at: world.step })
    this.channel = this.membership.channel<number>('channel', {
      heard: (value, node) => hear(node, value),
      missed: (node) => hear(node, 'missed'),
    })
    void this.membership.start()
  }

  get entries(): string[] {
    return [...this.map.entries()].map(({ key, node, value }) => `${node.name} ${key} ${value}`).toSorted()
  }
}

interface Tell {
  readonly by: string
  readonly value: number
  readonly at: number
}

class World {
  readonly clock = new ManualClock()
  readonly ether = new Ether()
  readonly failures: unknown[] = []
  readonly told: Tell[] = []
  step = 0
  readonly processes = Array.from({ length: SIZES.nodes }, () => new Process(this))
}

type Step = (world: World) => Promise<void> | void

const node = fc.nat(SIZES.nodes - 1)
const key = fc.nat(SIZES.keys - 1).map(String)

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(node, key, fc.nat(9)).map(([i, key, value]): [string, Step] => [
      `${i} sets ${key}=${value}`,
      ({ processes }) => {
        processes[i]!.map.set(key, value)
        processes[i]!.own.set(key, value)
      },
    ]),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(node, key).map(([i, key]): [string, Step] => [
      `${i} deletes ${key}`,
      ({ processes, failures }) => {
        const { map, own } = processes[i]!
        if (map.delete(key) !== own.delete(key)) failures.push(new Error(`${key} was not there, or was`))
      },
    ]),
  },
  {
    weight: 3,
    arbitrary: node.map((i): [string, Step] => [
      `${i} tells`,
      (world) => {
        const { channel, membership } = world.processes[i]!
        world.told.push({ by: membership.self.name, value: world.step, at: world.step })
        channel.tell(world.step)
      },
    ]),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(node, fc.array(fc.boolean(), { maxLength: 4 }))
      .map(([i, fate]): [string, Step] => [
        `${i} loses ${String(fate)}`,
        ({ processes }) => void processes[i]!.broker.fate.push(...fate),
      ]),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(node, fc.boolean())
      .map(([i, up]): [string, Step] => [
        `${i} is ${up ? 'linked' : 'cut off'}`,
        ({ processes }) => processes[i]!.broker.link(up),
      ]),
  },
  {
    weight: 1,
    arbitrary: node.map((i): [string, Step] => [
      `${i} is killed and started again`,
      (world) => {
        const { membership, broker } = world.processes[i]!
        broker.kill()
        membership.stop()
        world.processes[i] = new Process(world)
      },
    ]),
  },
  {
    weight: 1,
    arbitrary: node.map((i): [string, Step] => [
      `${i} says goodbye and starts again`,
      (world) => {
        const { membership, broker } = world.processes[i]!
        membership.stop()
        broker.kill()
        world.processes[i] = new Process(world)
      },
    ]),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(node, fc.nat(5)).map(([i, most]): [string, Step] => [
      `${most} come to ${i}`,
      async ({ processes }) => {
        processes[i]!.broker.bring(most)
        await new Promise((resolve) => setImmediate(resolve))
      },
    ]),
  },
  {
    weight: 4,
    arbitrary: fc.constant(0).map((): [string, Step] => ['all comes', ({ ether }) => ether.settle()]),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(60, 2_500, 15_000)
      .map((ms): [string, Step] => [`${ms} ms pass`, ({ clock }) => clock.advance(ms)]),
  },
)

test('whatever is lost, cut off or killed: when links are quiet all nodes see the same, and nothing was missed unsaid', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 60 }), async (run) => {
      const world = new World()
      await acquainted(world)
      for (const [, step] of run) {
        world.step++
        await step(world)
      }
      for (const { broker } of world.processes) {
        broker.fate.length = 0
        broker.link(true)
      }
      world.step++
      for (let i = 0; i < 24; i++) {
        await world.ether.settle()
        await world.clock.advance(1_000)
      }
      expect(world.failures).toEqual([])
      sameEverywhere(world)
      nothingMissedUnsaid(world)
      for (const { membership } of world.processes) membership.stop()
    }),
    { numRuns: 500 },
  )
}, 60_000)

/** Until all know each other: a run that began before would show how they join, and little else. */
async function acquainted({ ether, clock, processes }: World): Promise<void> {
  while (processes.some(({ knew }) => knew.size < SIZES.nodes - 1)) {
    await ether.settle()
    await clock.advance(50)
  }
}

function sameEverywhere({ processes }: World): void {
  const expected = processes
    .flatMap(({ own, membership }) =>
      [...own].map(([key, value]) => `${membership.self.name} ${key} ${value}`),
    )
    .toSorted()
  const names = processes.map(({ membership }) => membership.self.name).toSorted()
  for (const { entries, view, membership } of processes) {
    expect(
      membership
        .nodes()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(names)
    expect(entries).toEqual(expected)
    expect([...view].map(([name, value]) => `${name} ${value}`).toSorted()).toEqual(expected)
  }
}

function nothingMissedUnsaid({ processes, told }: World): void {
  for (const { heard, knew, membership, startedAt } of processes) {
    const { name } = membership.self
    for (const { by, value, at } of told) {
      // One that died before it was ever heard of is nobody's.
      if (by === name || at < startedAt || !knew.has(by)) continue
      const came = heard.some((one) => one.from === by && one.value === value)
      const wasTold = heard.some((one) => one.from === by && one.value === 'missed' && one.at >= at)
      if (!came && !wasTold) throw new Error(`${name} does not know that it missed ${value} of ${by}`)
    }
    for (const by of new Set(heard.map(({ from }) => from))) {
      const values = heard
        .filter((one) => one.from === by && one.value !== 'missed')
        .map(({ value }) => value)
      expect(values).toEqual([...new Set(values)].toSorted((a, b) => Number(a) - Number(b)))
    }
  }
}
