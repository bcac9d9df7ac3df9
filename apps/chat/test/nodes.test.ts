import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { Fleet } from './fleet.js'
import { Polling } from './polling.js'
import { Talker } from './talker.js'

/** `CHAT_SESSIONS=1000` for a run at full size. */
const SESSIONS = Number(process.env['CHAT_SESSIONS'] ?? 120)
const ROOMS = Math.max(2, Math.round(SESSIONS / 50))
const NODES = 3
/** At full size until the nodes find that the broker is silent: twice its heart-beats. */
const STALL_MS = SESSIONS < 1_000 ? 2_000 : 35_000
/** How long each of them waits between two messages. */
const PAUSE_MS = SESSIONS * 20

const { rabbitMq, postgres, haproxy } = requirements

describe.skipIf(missing(rabbitMq, postgres, haproxy))(`${SESSIONS} sessions on three nodes`, () => {
  let fleet: Fleet
  let talkers: Talker[]
  let talking = true
  let conversations: Promise<void>[]

  beforeAll(async () => {
    fleet = await Fleet.started(NODES, ROOMS)
    talkers = Array.from(
      { length: SESSIONS },
      (_, i) => new Talker(fleet.balancer.url, fleet.rooms[i % ROOMS]!),
    )
    await everybodyBack()
    conversations = talkers.map(async (talker) => {
      while (talking) {
        await pause(Math.random() * 2 * PAUSE_MS)
        await talker.talk()
      }
    })
  }, 120_000)

  afterAll(async () => {
    await Promise.all((talkers ?? []).map((talker) => talker.close()))
    await fleet?.stop()
  }, 60_000)

  const everybodyBack = async (): Promise<void> => {
    await Promise.all(talkers.map((talker) => talker.connected()))
  }

  const endsSince = (from: number): { at: number; code: number | undefined }[] =>
    talkers.flatMap(({ ends }) => ends.filter(({ at }) => at >= from))

  /** Resolves when everybody in every room has heard something that is said from now on. */
  const talkPasses = async (): Promise<void> => {
    const first = fleet.rooms.map((room) => talkers.find((talker) => talker.room === room)!)
    await Promise.all(first.map((talker) => talker.talk()))
    const said = new Map(first.map((talker) => [talker.room, talker.kept.at(-1)!]))
    await Promise.all(
      talkers.map(async (talker) => {
        while (!talker.heard.includes(said.get(talker.room)!)) await talker.hears(talker.heard.length + 1)
      }),
    )
  }

  test('hear each other, whichever node they are on', async () => {
    await talkPasses()
    const on = await Promise.all(fleet.nodes.map((node) => node.sessions()))
    expect(on.reduce((sum, count) => sum + count)).toBe(SESSIONS)
    for (const count of on) expect(count).toBeGreaterThan(SESSIONS / NODES / 2)
  }, 60_000)

  test('stay where they are when the broker is killed and started again', async () => {
    const from = Date.now()
    await fleet.broker.kill()
    const booted = fleet.broker.boot()
    await pause(1_000)
    await booted
    await talkPasses()
    expect(endsSince(from)).toEqual([])
  }, 90_000)

  test('reach their node by SockJS over HTTP, also while the nodes say that they are not ready', async () => {
    const sessions = Array.from({ length: 9 }, () => new Polling(fleet.balancer.url))
    await Promise.all(sessions.map((session) => session.connect()))
    await fleet.broker.kill()
    // Longer than the balancer takes to ask all of the nodes.
    await pause(3_000)
    const late = Array.from({ length: 3 }, () => new Polling(fleet.balancer.url))
    sessions.push(...late)
    await Promise.all(late.map((session) => session.connect()))
    await fleet.broker.boot()
    // The nodes are ready one after the other.
    for (let i = 0; i < 20; i++) {
      await Promise.all(sessions.map((session) => session.send('\n')))
      await pause(100)
    }
    await talkPasses()
    await Promise.all(sessions.map((session) => session.close()))
    expect(sessions.map(({ came }) => came)).toEqual(
      sessions.map(() => ['o', 'a["CONNECTED', 'c[1000,"goodbye"]']),
    )
  }, 90_000)

  test('stay where they are when the nodes are cut off from the broker, and when it stalls', async () => {
    const from = Date.now()
    for (const network of fleet.networks) network.cut()
    await talkPasses()
    for (const network of fleet.networks) network.stall()
    await pause(STALL_MS)
    for (const network of fleet.networks) network.flow()
    await talkPasses()
    expect(endsSince(from)).toEqual([])
  }, 120_000)

  test('are on the other nodes a moment after one was killed', async () => {
    const from = Date.now()
    const [, node] = fleet.nodes
    await node!.kill()
    await talkPasses()
    await everybodyBack()
    const lost = endsSince(from).length
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThan(SESSIONS)
    await node!.start()
  }, 60_000)

  test('leave a node that is drained little by little, for the others', async () => {
    const from = Date.now()
    const [node] = fleet.nodes
    expect(await node!.drain()).toBe(0)
    await everybodyBack()
    await talkPasses()
    const ends = endsSince(from)
    const drained = ends.filter(({ code }) => code === 1012)
    expect(drained.length).toBeGreaterThan(0)
    expect(ends.filter(({ code }) => code !== 1012 && code !== 1006)).toEqual([])
    const times = drained.map(({ at }) => at).toSorted((a, b) => a - b)
    expect(times.at(-1)! - times[0]!).toBeGreaterThan(SESSIONS)
    await node!.start()
  }, 60_000)

  test('have lost nothing that was acknowledged, in order, and heard nothing twice', async () => {
    talking = false
    await Promise.all(conversations)
    for (const room of fleet.rooms) {
      const here = talkers.filter((talker) => talker.room === room)
      const kept = here.flatMap((talker) => talker.kept)
      await Promise.all(here.map((talker) => talker.hears(kept.length)))
      for (const { heard, complaints } of here) {
        expect(complaints).toEqual([])
        expect(heard).toEqual(here[0]!.heard)
        expect(new Set(heard).size).toBe(heard.length)
        expect(heard.toSorted()).toEqual(kept.toSorted())
      }
      for (const { kept: own } of here) {
        const order = new Set(own)
        expect(here[0]!.heard.filter((id) => order.has(id))).toEqual(own)
      }
    }
  }, 60_000)
})

/** People do not talk all the time, and faults last. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
