import { nodeServer, runLoad, startServer } from '../child.js'
import type { HistoryLoad, HistoryResult } from '../load/history.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { OURS } from '../subjects.js'

const LOAD = { publishers: 100, messages: 300_000, returning: 1_000, behind: 100 }

/** Topics kept by SQLite: publishing from SEND to commit, RECEIPT and delivery; a replay; many who come back at once. */
export const history = (): Promise<Comparison[]> =>
  compare(
    [1, 16].map((window) => ({ name: `${OURS}, ${window} of each publisher under way`, window })),
    3,
    {
      durable: { workload: 'history, 100 publishers, SQLite', unit: 'durable messages/s', better: 'more' },
      replay: { workload: 'history, one replay', unit: 'messages/s', better: 'more' },
      back: { workload: 'history, 1,000 come back, 100 behind each', unit: 'ms', better: 'less' },
    },
    async ({ window }) => {
      const server = await startServer(nodeServer('durable'))
      try {
        const options: HistoryLoad = { ...LOAD, port: server.port, window }
        const result = await runLoad<HistoryResult>('history', options)
        return {
          durable: result.durablePerSecond,
          replay: result.replayedPerSecond,
          back: result.returnedMs,
        }
      } finally {
        await server.stop()
      }
    },
  )
