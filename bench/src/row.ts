/** One measured figure. */
export interface Row {
  readonly workload: string
  readonly subject: string
  readonly value: number
  readonly unit: string
  /** How many times this figure another subject reaches, in the same run. */
  readonly ratio?: number
  readonly against?: string
}

/** The middle of several rounds: the machines are shared, and one round proves nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
