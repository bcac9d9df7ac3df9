import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { pinned } from './child.js'
import type { Comparison } from './rounds.js'
import { chart, page, withSection } from './report.js'
import { capacity, costsOf } from './scaling.js'
import { leftOut } from './subjects.js'
import { WORKLOADS } from './workloads.js'

/** What one run of one workload has given. Each is a file of its own, so that one can be measured again alone. */
export interface Result {
  readonly measured: string
  readonly machine: string
  readonly comparisons: readonly Comparison[]
  /** What could not be compared, and why. */
  readonly leftOut: readonly string[]
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const resultFile = (name: string): string => file(`../results/${name}.json`)
const README = file('../../README.md')
const SCALING = file('../../docs/scaling.md')

function saved(name: string): Result | undefined {
  const path = resultFile(name)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Result) : undefined
}

/** Keeps what was measured, and writes the table, the chart and the README's section anew. */
export function save(name: string, comparisons: readonly Comparison[]): void {
  const result: Result = {
    measured: new Date().toISOString().slice(0, 10),
    machine: machine(),
    comparisons: comparisons.map((one) => ({
      ...one,
      rows: one.rows.map((row) => ({
        ...row,
        value: rounded(row.value),
        range: [rounded(row.range[0]), rounded(row.range[1])],
        ...(row.ratio === undefined ? {} : { ratio: rounded(row.ratio) }),
      })),
    })),
    leftOut: [...leftOut].map(([subject, reason]) => `${subject}: ${reason}`),
  }
  mkdirSync(file('../results'), { recursive: true })
  writeFileSync(resultFile(name), `${JSON.stringify(result, null, 2)}\n`)
  for (const [path, text] of Object.entries(documents())) writeFileSync(path, text)
}

/** The documents that show the results, by path, as they have to be. */
export function documents(): Readonly<Record<string, string>> {
  const all = WORKLOADS.flatMap(({ name, shown }) => {
    const result = saved(name)
    return result === undefined ? [] : [{ name, shown: shown === true, result }]
  })
  return {
    [file('../results/README.md')]: page(all),
    [file('../results/fanout.svg')]: chart(all),
    [SCALING]: capacity(
      readFileSync(SCALING, 'utf8'),
      costsOf((name) => saved(name)?.comparisons),
    ),
    [README]: withSection(readFileSync(README, 'utf8'), all),
  }
}

/** Four digits say all that such a measurement knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

function machine(): string {
  const [first] = cpus()
  const cores = pinned ? 'server and load on a core each' : 'server and load share the cores'
  return `${first?.model.trim() ?? 'unknown'}, ${cpus().length} cores, Node ${process.version}, ${cores}`
}
