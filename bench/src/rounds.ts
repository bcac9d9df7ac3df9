/** One measured figure of a workload, beside the first one's. */
export interface Row {
  readonly subject: string
  readonly value: number
  /** The lowest and the highest round. */
  readonly range: readonly [low: number, high: number]
  readonly unit: string
  /** How many times better the first subject is; the middle of the rounds' ratios. Left out for the first one. */
  readonly ratio?: number
}

/** One workload: how the first subject does beside the others. */
export interface Comparison {
  readonly workload: string
  readonly better: 'more' | 'less'
  readonly rows: readonly Row[]
}

/** What one round of one subject gives: figures by the name of their comparison. */
export type Figures = Readonly<Record<string, number>>

export interface FigureKind {
  readonly workload: string
  readonly unit: string
  readonly better: 'more' | 'less'
}

/**
 * Lets the rounds of the subjects alternate, so that what else the machine does meets all of them, and compares the
 * first with each other one, round by round: the machines are shared, and one round proves nothing.
 */
export async function compare<One extends { readonly name: string }>(
  subjects: readonly One[],
  rounds: number,
  kinds: Readonly<Record<string, FigureKind>>,
  measure: (subject: One) => Promise<Figures>,
): Promise<Comparison[]> {
  const measured = subjects.map((): Figures[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, subject] of subjects.entries()) measured[i]!.push(await measure(subject))
  }
  return Object.entries(kinds).map(([kind, { workload, unit, better }]) => {
    const values = measured.map((all) => all.map((figures) => figures[kind]!))
    const rows = subjects.map(({ name }, i): Row => {
      const own = values[i]!
      const row: Row = {
        subject: name,
        value: median(own),
        range: [Math.min(...own), Math.max(...own)],
        unit,
      }
      if (i === 0) return row
      const ratios = own.map((value, round) =>
        better === 'more' ? values[0]![round]! / value : value / values[0]![round]!,
      )
      return { ...row, ratio: median(ratios) }
    })
    return { workload, better, rows }
  })
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
