import type { Comparison, Row } from './rounds.js'
import type { Result } from './results.js'

export interface Shown {
  readonly name: string
  readonly shown: boolean
  readonly result: Result
}

const HEAD = ['| ratio | workload | Stomping Ground | beside | |', '| ---: | --- | ---: | --- | ---: |']

/** One line for each subject that the first is compared with; one alone for a figure that stands for itself. */
export function lines(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(({ workload, rows: [first, ...others] }) => {
    const own = figure(first!)
    const name = first!.subject.replace(/^Stomping Ground,? ?(over )?/, '')
    const what = name === '' ? workload : `${workload} (${name})`
    if (others.length === 0) return [`| | ${what} | ${own} | | |`]
    return others.map((row) => `| **${ratio(row)}** | ${what} | ${own} | ${row.subject} | ${figure(row)} |`)
  })
}

/** The page of all results. */
export function page(all: readonly Shown[]): string {
  const machines = [...new Set(all.map(({ result }) => `${result.measured}: ${result.machine}`))]
  const leftOut = [...new Set(all.flatMap(({ result }) => result.leftOut))]
  return `${[
    '# Results',
    '',
    '<!-- Written by `npm run bench`. -->',
    '',
    'A ratio says how many times better Stomping Ground does than what stands beside it, where more than 1 is better: the',
    'middle of the ratios of rounds that alternate. Figures are the middle of the rounds, with the lowest and the highest.',
    'No delivery was lost: a run that loses one fails.',
    '',
    ...machines.map((machine) => `- ${machine}`),
    ...leftOut.map((subject) => `- left out: ${subject}`),
    ...(machines.length > 0 ? [''] : []),
    '![Deliveries a second](fanout.svg)',
    '',
    ...table(lines(all.flatMap(({ result }) => result.comparisons))),
  ].join('\n')}\n`
}

const BEGIN = '<!-- the results of npm run bench -->'
const END = '<!-- the end of the results -->'

/** The README with what it shows of the results. */
export function withSection(readme: string, all: readonly Shown[]): string {
  const [before, after] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (before === -1 || after === -1) return readme
  const comparisons = all
    .filter(({ shown }) => shown)
    .flatMap(({ result }) => result.comparisons)
    .filter(({ rows }) => rows.length > 1)
    // Where a figure is told twice, by the clock and by the server's CPU time, the README tells the first.
    .filter((one, i, list) => list.findIndex(({ workload }) => workload === one.workload) === i)
  return `${readme.slice(0, before)}${[BEGIN, '', ...table(lines(comparisons)), '', ''].join('\n')}${readme.slice(after)}`
}

function table(body: readonly string[]): string[] {
  const cells = [...HEAD, ...body].map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  return aligned(cells, [true, false, true, false, true])
}

/**
 * As prettier writes it, so that writing and formatting agree.
 *
 * @param cells the second row is the line below the head
 * @param right which columns are aligned to the right
 */
export function aligned(cells: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = cells[0]!.map((_, column) =>
    Math.max(3, ...cells.filter((_row, i) => i !== 1).map((row) => row[column]!.length)),
  )
  return cells.map((row, i) => {
    const padded = row.map((cell, column) => {
      const width = widths[column]!
      if (i === 1) return right[column]! ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)
      return right[column]! ? cell.padStart(width) : cell.padEnd(width)
    })
    return `| ${padded.join(' | ')} |`
  })
}

function ratio({ ratio: times }: Row): string {
  return times! >= 20 ? times!.toFixed(0) : times! >= 3 ? times!.toFixed(1) : times!.toFixed(2)
}

function figure({ value, range: [low, high], unit }: Row): string {
  return `${number(value)} (${number(low)}–${number(high)}) ${unit}`
}

function number(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${(value / 1e6).toFixed(2)} M`
  if (size >= 1e4) return `${(value / 1e3).toFixed(0)} k`
  if (size >= 100) return value.toFixed(0)
  return size >= 10 ? value.toFixed(1) : value.toFixed(2)
}

const BAR_HEIGHT = 20
const LABEL_WIDTH = 250
const BAR_WIDTH = 420

/** Deliveries a second of all that fan out, as bars: legible on light and on dark. */
export function chart(all: readonly Shown[]): string {
  const shown = all
    .filter(({ name }) => name.startsWith('fanout-'))
    .map(({ result }) => result.comparisons[0]!)
  const bars: string[] = []
  let y = 0
  for (const { workload, rows } of shown) {
    const most = Math.max(...rows.map(({ value }) => value))
    bars.push(`<text class="head" x="0" y="${y + 24}">${workload}, deliveries a second</text>`)
    y += 36
    for (const { subject, value } of rows) {
      const width = Math.max(1, Math.round((value / most) * BAR_WIDTH))
      const kind = subject === rows[0]!.subject ? 'ours' : 'peer'
      bars.push(
        `<text x="${LABEL_WIDTH - 8}" y="${y + 14}" text-anchor="end">${subject.replaceAll('&', '&amp;')}</text>`,
        `<rect class="${kind}" x="${LABEL_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT - 3}" rx="2"/>`,
        `<text x="${LABEL_WIDTH + width + 6}" y="${y + 14}">${number(value)}</text>`,
      )
      y += BAR_HEIGHT
    }
    y += 8
  }
  const width = LABEL_WIDTH + BAR_WIDTH + 70
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="Deliveries a second">`,
    '<style>',
    'text { font: 13px system-ui, sans-serif; fill: #57606a }',
    '.head { font-weight: 600; fill: #1f2328 }',
    '.ours { fill: #0969da }',
    '.peer { fill: #afb8c1 }',
    '@media (prefers-color-scheme: dark) {',
    'text { fill: #9198a1 } .head { fill: #e6edf3 } .ours { fill: #4493f8 } .peer { fill: #545d68 }',
    '}',
    '</style>',
    ...bars,
    '</svg>',
  ].join('\n')}\n`
}
