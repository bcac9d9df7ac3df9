import { stopRabbit } from './rabbitmq.js'
import type { Comparison } from './rounds.js'
import { lines } from './report.js'
import { save } from './results.js'
import { leftOut } from './subjects.js'
import { WORKLOADS } from './workloads.js'

const asked = process.argv.slice(2)
const names = asked.filter((word) => !word.startsWith('--'))
const unknown = [
  ...names.filter((name) => WORKLOADS.every((one) => !one.name.startsWith(name))),
  ...asked.filter((word) => word.startsWith('--') && word !== '--save'),
]
if (unknown.length > 0) {
  console.error(
    `There is no ${unknown.join(', ')}. There are: ${WORKLOADS.map(({ name }) => name).join(', ')}; --save.`,
  )
  process.exit(2)
}

// RabbitMQ has processes of its own, which would outlive this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopRabbit().finally(() => process.exit(1)))
}

/** Everything is saved; of what somebody asks for by name, only what they want to save. */
const keeps = names.length === 0 || asked.includes('--save')
const failed: string[] = []
const from = performance.now()
try {
  for (const { name, run } of WORKLOADS) {
    if (names.length > 0 && !names.some((start) => name.startsWith(start))) continue
    try {
      show(name, await run())
    } catch (error) {
      failed.push(name)
      console.error(`${name} failed:`, error)
    }
  }
} finally {
  await stopRabbit()
}
for (const [subject, reason] of leftOut) console.log(`left out: ${subject}; ${reason}`)
console.log(`${Math.round((performance.now() - from) / 1_000)} s`)
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)

function show(name: string, comparisons: readonly Comparison[]): void {
  console.log(lines(comparisons).join('\n'))
  if (keeps) save(name, comparisons)
}
