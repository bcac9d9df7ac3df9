import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { missing } from '../../tools/requirements.js'
import { startBroker } from './broker.js'
import type { Broker } from './broker.js'
import { CLIENTS } from './clients.js'
import { FEATURES } from './features.js'
import type { FeatureName, Play } from './features.js'
import { UNSEEN, cellOf, renderMatrix } from './matrix.js'
import { setStage } from './stage.js'

// Most of the time goes by in waiting for other processes, and for heart-beats.
vi.setConfig({ testTimeout: 120_000, maxConcurrency: 16 })

const plays = Object.entries(FEATURES) as [FeatureName, Play][]
const absent = CLIENTS.filter(({ requires }) => requires !== undefined && missing(requires))
const seen = new Map<string, string>()
let broker: Broker

beforeAll(async () => {
  broker = await startBroker()
})

afterAll(() => broker.stop())

// What takes longest begins first.
for (const [feature, play] of plays.toSorted(([one], [other]) => slowness(other) - slowness(one))) {
  describe(`${feature}, played with`, { concurrent: true }, () => {
    for (const client of CLIENTS.filter(({ lacks }) => !(feature in lacks))) {
      // oxlint-disable-next-line vitest/expect-expect -- the plays hold what is expected
      test.skipIf(absent.includes(client))(`${client.name} (${client.language})`, async (context) => {
        const remark = await play(await setStage(broker, client, feature, context))
        seen.set(cellOf(client.name, feature), remark === undefined ? '✓' : `✓ ${remark}`)
      })
    }
  })
}

test.skipIf(absent.length > 0)('the committed matrix is what was seen in this run', async () => {
  const matrix = renderMatrix(seen)
  expect(matrix).not.toContain(UNSEEN)
  // `npm run matrix -w conformance` writes it.
  await expect(matrix).toMatchFileSnapshot('../matrix.md')
})

test('the broker had nothing to complain of, and ends when it is asked to', async () => {
  expect(await broker.stop()).toEqual({ code: 0, complaints: '' })
})

function slowness(feature: FeatureName): number {
  return feature === 'heart-beat' ? 1 : 0
}
