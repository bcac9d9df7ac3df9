export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Of at least one value; `NaN` where there is none. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).toSorted()
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}
