import { join } from 'node:path'
import { allow, createStompServer } from 'stomping-ground'
import { connect } from 'stomping-ground/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { missing, requirements } from '../../../../tools/requirements.js'
import { SmallDisk } from '../../test/small-disk.js'
import { sqliteStore } from './sqlite-store.js'

const TOPIC = '/topic/kept/room'
const KIB = 1_024

function disk(bytes: number, taken: number): { small: SmallDisk; file: string } {
  const small = new SmallDisk(bytes, taken)
  onTestFinished(() => small.remove())
  return { small, file: join(small.folder, 'history.db') }
}

describe.skipIf(missing(requirements.mounting))('on a disk', () => {
  test('that is full, SENDs are refused, everything else goes on, and so do they when there is room again', async () => {
    const { small, file } = disk(4_096 * KIB, 2_048 * KIB)
    const stomp = createStompServer({
      history: { store: sqliteStore({ file }), retain: [{ destination: '/topic/kept/*', count: 100_000 }] },
      permissions: { send: [allow('/topic/**')] },
    })
    onTestFinished(() => stomp.close())
    await stomp.start()
    const options = { headers: { 'x-error-mode': 'keep' }, withinMs: 10_000 }
    const [publisher, reader] = [await connect(stomp, options), await connect(stomp, options)]
    const [kept, other] = [await reader.subscribe(TOPIC), await reader.subscribe('/topic/other')]
    const confirmed: string[] = []
    const publish = async (): Promise<void> => {
      const body = `${confirmed.length} `.padEnd(10 * KIB)
      await publisher.send(TOPIC, body)
      confirmed.push(body)
    }
    const untilFull = async (): Promise<unknown> => {
      for (;;) {
        try {
          await publish()
        } catch (error) {
          return error
        }
      }
    }
    for (let i = 0; i < 3; i++) {
      expect(await untilFull()).toMatchObject({ code: 'history-unavailable' })
    }
    expect(stomp.history!.available).toBe(false)
    await publisher.send('/topic/other', 'x')
    expect((await other.receive()).body).toBe('x')
    const full = confirmed.length
    expect(full).toBeGreaterThan(50)
    const back = new Promise<void>((resolve) =>
      stomp.events.on('history', ({ available }) => available && resolve()),
    )
    small.free()
    await back
    expect(stomp.history!.available).toBe(true)
    for (let i = 0; i < 50; i++) await publish()
    const live: unknown[] = []
    while (live.length < confirmed.length) live.push((await kept.receive()).body)
    expect(live).toEqual(confirmed)
    await stomp.close()
    const reopened = sqliteStore({ file })
    onTestFinished(() => reopened.stop())
    await reopened.start()
    const read = await reopened.read(TOPIC, 1, { count: 100_000, bytes: 1e9 })
    expect(read.map(({ body }) => Buffer.from(body).toString())).toEqual(confirmed)
  }, 60_000)

  test('that is read-only, it is refused and left as it is, whoever asks', async () => {
    const { small, file } = disk(4_096 * KIB, 0)
    const first = sqliteStore({ file })
    await first.start()
    await first.stop()
    small.readOnly()
    const refusal = `The history cannot be written to ${file}: EROFS`
    await expect(sqliteStore({ file }).start()).rejects.toThrow(refusal)
    const elsewhere = join(small.folder, 'below', 'history.db')
    await expect(sqliteStore({ file: elsewhere }).start()).rejects.toThrow(
      `The history cannot be written to ${elsewhere}: `,
    )
  })
})
