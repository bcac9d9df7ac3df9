/** The longest line: a message of a room with each of its characters escaped is a tenth of it. */
const LINE_BYTES = 4_194_304

/** What is wrong with a file, and in which of its lines. */
export class LineError extends Error {
  override readonly name = 'LineError'

  constructor(lines: number | readonly [number, number], what: string) {
    const [from, to] = typeof lines === 'number' ? [lines, lines] : lines
    super(`${from === to ? `Line ${from}` : `Lines ${from} to ${to}`}: ${what}`)
  }
}

/**
 * The lines of a stream of UTF-8, with their numbers; empty ones are passed over.
 *
 * @throws LineError where one is too long or no UTF-8
 */
export async function* numberedLines(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly number: number; readonly text: string }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 1
  let parts: Uint8Array[] = []
  let bytes = 0
  const line = (): { number: number; text: string } => {
    const whole = Buffer.concat(parts, bytes)
    parts = []
    bytes = 0
    try {
      return { number, text: decoder.decode(whole).replace(/\r$/, '') }
    } catch {
      throw new LineError(number, 'This is not UTF-8.')
    }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(10, from)
      const part = chunk.subarray(from, end === -1 ? undefined : end)
      if ((bytes += part.length) > LINE_BYTES) throw new LineError(number, 'The line is too long.')
      parts.push(part)
      if (end === -1) break
      const found = line()
      if (found.text !== '') yield found
      number++
      from = end + 1
    }
  }
  const last = line()
  if (last.text !== '') yield last
}
