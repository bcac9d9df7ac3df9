import { CLIENTS } from './clients.js'
import type { ForeignClient } from './clients.js'
import { FEATURES } from './features.js'

/** Stands where something was neither seen nor is known to be impossible. */
export const UNSEEN = '✗'

/** What was seen in one run: by client and feature, what stands in the cell. */
export type Seen = ReadonlyMap<string, string>

export const cellOf = (client: string, feature: string): string => `${client}: ${feature}`

/** The matrix in Markdown: a column for each client, a row for each feature, and below why something is missing. */
export function renderMatrix(seen: Seen): string {
  const cell = ({ name, lacks }: ForeignClient, feature: string): string =>
    feature in lacks ? 'n/a' : (seen.get(cellOf(name, feature)) ?? UNSEEN)
  const rows = [
    ['', ...CLIENTS.map(({ name }) => name)],
    ['', ...CLIENTS.map(({ language }) => language)],
    ['over', ...CLIENTS.map(({ transport }) => (transport === 'tcp' ? 'TCP' : 'WebSocket'))],
    ...Object.keys(FEATURES).map((feature) =>
      [feature, CLIENTS.map((client) => cell(client, feature))].flat(),
    ),
  ]
  const reasons = CLIENTS.flatMap(({ name, lacks }) =>
    Object.entries(lacks).map(([feature, reason]) => `- ${name}, ${feature}: ${reason}.`),
  )
  return [...table(rows), '', '`n/a`: what the client itself cannot do.', '', ...reasons, ''].join('\n')
}

/** As prettier aligns it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(rows[0]!), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)]
}
