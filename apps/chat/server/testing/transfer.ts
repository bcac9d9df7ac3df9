import { closeDatabase, openDatabase } from '../database/database.js'
import type { DatabasePlace } from '../database/database.js'
import { openStore } from '../history/store.js'
import { exported } from '../transfer/export.js'
import { imported } from '../transfer/import.js'
import type { ImportOptions, Imported } from '../transfer/import.js'

async function opened<T>(
  place: DatabasePlace,
  run: (parts: Pick<ImportOptions, 'database' | 'store'>) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(place)
  const store = openStore(place, 10_000)
  try {
    await store.start()
    return await run({ database, store })
  } finally {
    await store.stop()
    await closeDatabase(database)
  }
}

/** The lines of an export. */
export function exportOf(place: DatabasePlace, passwords = true): Promise<string[]> {
  return opened(place, async (parts) => {
    const lines: string[] = []
    for await (const line of exported({ ...parts, passwords })) lines.push(line)
    return lines
  })
}

export function importInto(
  place: DatabasePlace,
  lines: readonly string[],
  sameEpoch = false,
): Promise<Imported> {
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(lines.join(''))
  }
  return opened(place, (parts) => imported({ ...parts, input: input(), sameEpoch }))
}

/** What two exports of the same have in common: all but when they were written, and the epoch where another one was given. */
export function content(lines: readonly string[]): string[] {
  const { epoch } = JSON.parse(lines[0]!) as { epoch: string }
  return lines.slice(1).map((line) => line.replaceAll(epoch, 'EPOCH'))
}
