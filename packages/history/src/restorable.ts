import type { HistoryStore } from 'stomping-ground'

/** A store that can take over what another one kept, under the same offsets. All of this is for before anybody uses it. */
export interface RestorableStore extends HistoryStore {
  /**
   * Lets a destination begin at an offset: the next message that is appended to it has it.
   *
   * @throws Error where there is such a destination already
   */
  continueAt(destination: string, offset: number): Promise<void>
  /** Goes on under the epoch of another store, whose offsets mean the same messages here: clients resume where they were. */
  adopt(epoch: string): Promise<void>
  /** Lets go of everything: as if it was new. */
  clear(): Promise<void>
}

/** @throws TypeError */
export function checkedEpoch(epoch: string): string {
  if (/^[\w-]{1,64}$/.test(epoch)) return epoch
  throw new TypeError(`${JSON.stringify(epoch)} is no epoch`)
}

/** @throws RangeError */
export function checkedOffset(offset: number): number {
  if (Number.isSafeInteger(offset) && offset > 0) return offset
  throw new RangeError(`${offset} is no offset`)
}
