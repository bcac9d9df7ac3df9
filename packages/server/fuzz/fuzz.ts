import { fuzzDecoder } from './decoder-target.js'
import { Random } from './random.js'
import { ServerTarget } from './server-target.js'

export interface FuzzOptions {
  readonly inputs: number
  readonly seed: number
  /** What is behind the server: default a broker that does everything at once; or one that takes its time, and fails. */
  readonly broker?: 'embedded' | 'late'
  /** Called after each round, when all sessions have ended. */
  readonly report?: (progress: Progress) => void
}

export interface Progress {
  readonly inputs: number
  /** Of the inputs, those fed to a server; the others went to a decoder. */
  readonly toServer: number
  readonly seconds: number
  /** Heap in use after a collection, where `--expose-gc` lets it be forced. */
  readonly heapBytes: number | undefined
  readonly server: ServerTarget
  readonly decoderErrors: ReadonlyMap<string, number>
}

/** Inputs between two looks at the witness, and between two ends of all sessions. */
const BATCH = 64
const ROUND = 64_000
/** What the heap may have grown by since the first round: caches with a bound, such as remembered routes. */
const HEAP_TOLERANCE_BYTES = 8 * 2 ** 20

/** Feeds random inputs to decoders and to a server. @throws Error naming the first input that did harm */
export async function fuzz({ inputs, seed, broker = 'embedded', report }: FuzzOptions): Promise<Progress> {
  const server = new ServerTarget(broker)
  await server.start()
  const started = performance.now()
  const decoderErrors = new Map<string, number>()
  let toServer = 0
  let firstHeap: number | undefined
  let progress: Progress | undefined
  for (let i = 0; i < inputs;) {
    const round = Math.min(inputs, i + ROUND)
    for (; i < round; i++) {
      const random = new Random(seed, i)
      try {
        if (random.chance(0.25)) {
          const { code } = fuzzDecoder(random)
          if (code !== undefined) decoderErrors.set(code, (decoderErrors.get(code) ?? 0) + 1)
        } else {
          toServer++
          server.feed(random)
        }
        if (i % BATCH === BATCH - 1) await server.rest(random)
        if (server.ground.failures.length > 0) throw server.ground.failures[0]
      } catch (cause) {
        throw new Error(`Input ${i} of seed ${seed} did harm: ${JSON.stringify(server.input)}`, { cause })
      }
    }
    await server.settle().catch((cause: unknown) => {
      throw new Error(`Something is left of the inputs before ${i} of seed ${seed}`, { cause })
    })
    const heapBytes = collectedHeap()
    firstHeap ??= heapBytes
    if (heapBytes !== undefined && heapBytes > firstHeap! + HEAP_TOLERANCE_BYTES) {
      throw new Error(`The heap grew from ${firstHeap} to ${heapBytes} bytes in ${i} inputs of seed ${seed}`)
    }
    const seconds = (performance.now() - started) / 1_000
    progress = { inputs: i, toServer, seconds, heapBytes, server, decoderErrors }
    report?.(progress)
  }
  return progress!
}

function collectedHeap(): number | undefined {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) return undefined
  gc()
  return process.memoryUsage().heapUsed
}
