import { codecBench } from './codec.js'
import { fanoutBench } from './fanout.js'
import { idleBench } from './idle.js'
import { queueBench } from './queue.js'
import type { Row } from './row.js'

const BENCHES: Readonly<Record<string, () => Promise<Row[]>>> = {
  codec: codecBench,
  fanout: () => fanoutBench({ rounds: 3, seconds: 3 }),
  queue: () => queueBench({ rounds: 3 }),
  idle: () => idleBench({ rounds: 3 }),
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(BENCHES).join(', ')}.`)
  process.exit(2)
}

console.log('| workload | subject | figure | ratio |\n| --- | --- | ---: | --- |')
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const row of await bench()) console.log(line(row))
}

function line({ workload, subject, value, unit, ratio, against }: Row): string {
  const figure = value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1)
  const compared = ratio === undefined ? '' : `${against}: ${ratio.toFixed(2)} times this`
  return `| ${workload} | ${subject} | ${figure} ${unit} | ${compared} |`
}
