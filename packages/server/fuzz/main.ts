import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.js'
import type { Progress } from './fuzz.js'

const USAGE = `Usage: npm run fuzz -- [--inputs N] [--seed S] [--late]

  --inputs N   how many inputs (default 1000000)
  --seed S     repeats a run (default: random)
  --late       the broker behind the server answers late, and now and then fails
`

function printed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `  ${String(count).padStart(12)} ${name}`)
    .join('\n')
}

function line({ inputs, seconds, heapBytes }: Progress): string {
  const heap = heapBytes === undefined ? '' : `, heap ${(heapBytes / 2 ** 20).toFixed(1)} MiB`
  return `${inputs} inputs in ${seconds.toFixed(0)} s, ${Math.round(inputs / seconds)} a second${heap}`
}

/** Runs the command line; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: 'string', default: '1000000' },
      seed: { type: 'string' },
      late: { type: 'boolean' },
    },
  })
  const inputs = Number(values.inputs)
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
  if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed)) {
    console.error(USAGE)
    return 2
  }
  console.log(`seed ${seed}`)
  let printedAt = 0
  const done = await fuzz({
    inputs,
    seed,
    broker: values.late === true ? 'late' : 'embedded',
    report: (progress) => {
      if (progress.seconds < printedAt + 10) return
      printedAt = progress.seconds
      console.log(line(progress))
    },
  })
  const { metrics } = done.server.ground.stomp
  console.log(
    `\n${line(done)}; ${done.toServer} of them to a server, the others to a decoder; nothing was harmed.`,
  )
  console.log(
    `\nconnections ${metrics.connections}, sessions ${metrics.sessions}, frames ${metrics.framesReceived}`,
  )
  console.log(`\nanswers\n${printed(done.server.answers)}`)
  console.log(`\nrefusals\n${printed(metrics.refusals)}`)
  console.log(`\nends\n${printed(metrics.disconnects)}`)
  console.log(`\nmessages given up\n${printed(metrics.drops)}`)
  console.log(`\ndropped for slow readers\n${printed(metrics.slowDrops)}`)
  console.log(`\nreplayed from the history\n  ${String(metrics.historyReplayed).padStart(12)}`)
  console.log(`\nerrors of the decoder alone\n${printed(done.decoderErrors)}`)
  return 0
}
