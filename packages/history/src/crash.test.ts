import type { Frame } from '@stomping-ground/codec'
import { utf8Decode } from '@stomping-ground/codec'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CuttingProxy } from '../../../tools/cutting-proxy.js'
import { RawClient } from '../test/raw-client.js'
import { ServerProcess } from '../test/server-process.js'
import { underLoad } from '../test/under-load.js'

/** How often the server is killed; more on demand: `HISTORY_KILLS=100 npx vitest run packages/history/src/crash`. */
const KILLS = Number(process.env['HISTORY_KILLS'] ?? 20)
const TOPIC = '/topic/kept/room'

async function server(): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'))
  const process = await ServerProcess.started('sqlite', join(folder, 'history.db'))
  onTestFinished(async () => {
    await process.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  return process
}

test(
  `a server that is killed ${KILLS} times under load has every confirmed message, once and in order, for everyone who resumes`,
  async () => {
    const process = await server()
    const wrong = await underLoad(TOPIC, KILLS, [() => process.port], async () => {
      await process.kill()
      await process.start()
    })
    expect(wrong).toEqual([])
  },
  30_000 + KILLS * 3_000,
)

test('persistent messages of a queue, and what was acknowledged of them, survive a server that is killed', async () => {
  const process = await server()
  const queue = '/queue/kept'
  const left = new Set<string>()
  let number = 0
  for (let round = 0; round < 4; round++) {
    const inbox = new Inbox()
    const client = (await RawClient.open(process.port, (frame) => inbox.take(frame)))!
    for (let i = 0; i < 30; i++) {
      const body = `message ${number++}`
      left.add(body)
      client.send('SEND', { destination: queue, persistent: 'true', receipt: body }, body)
    }
    client.send('SEND', { destination: queue, receipt: 'last' }, 'not persistent')
    await inbox.frames(31)
    client.send('SUBSCRIBE', { id: '1', destination: queue, ack: 'client-individual' })
    const deliveries = await inbox.frames(left.size + 1)
    const shown = deliveries.map(({ headers, body }) => `${headers.get('redelivered')} ${utf8Decode(body)}`)
    const expected = [...left].map((body, i) => `${i < left.size - 30 ? 'true' : undefined} ${body}`)
    expect(shown).toEqual([...expected, 'undefined not persistent'])
    const some = deliveries.filter(({ body }, i) => i % 3 === 0 && utf8Decode(body) !== 'not persistent')
    for (const { headers, body } of some) {
      left.delete(utf8Decode(body))
      client.send('ACK', { id: headers.get('ack')!, receipt: 'acked' })
    }
    await inbox.frames(some.length)
    await process.kill()
    await process.start()
  }
}, 60_000)

/** Frames as they come. */
class Inbox {
  readonly #frames: Frame[] = []
  #waiting: { readonly count: number; readonly resolve: (frames: Frame[]) => void } | undefined

  take(frame: Frame): void {
    this.#frames.push(frame)
    this.#look()
  }

  /** The next so many. */
  frames(count: number): Promise<Frame[]> {
    return new Promise((resolve) => {
      this.#waiting = { count, resolve }
      this.#look()
    })
  }

  #look(): void {
    if (this.#waiting === undefined || this.#frames.length < this.#waiting.count) return
    const { count, resolve } = this.#waiting
    this.#waiting = undefined
    resolve(this.#frames.splice(0, count))
  }
}

test('a network that is cut 20 times under load loses and repeats nothing', async () => {
  const process = await server()
  const proxy = await CuttingProxy.started(process.port)
  onTestFinished(() => proxy.close())
  const wrong = await underLoad(TOPIC, 20, [() => proxy.port], async () => proxy.cut())
  expect(wrong).toEqual([])
}, 60_000)
