import type { MemberEvent, RoomDetail, RoomMembers } from '../../../contract/index.js'

/** Who is in a room. Without a `seq` the list is not known to be right: events wait for the snapshot. */
export interface Members {
  readonly names: readonly string[]
  /** Those of them that belong to accounts. */
  readonly registered: ReadonlySet<string>
  readonly seq: number | undefined
  readonly early: readonly MemberEvent[]
}

export const NO_MEMBERS: Members = { names: [], registered: new Set(), seq: undefined, early: [] }

/** Events that wait for a snapshot. If more come before it, a later snapshot has to be read. */
const MAX_EARLY = 500

/** A new session: the events of the last one say nothing about those of this one. The names stay until they are known. */
export function expectSnapshot(members: Members): Members {
  return { ...members, seq: undefined, early: [] }
}

/** Who is here as it was read elsewhere: its `seq` says nothing of what this session hears. */
export function takeFirstLook(members: Members, { members: names, registered }: RoomDetail): Members {
  if (members.seq !== undefined || members.names.length > 0) return members
  return { ...members, names: [...names], registered: new Set(registered) }
}

export function takeSnapshot(members: Members, { members: names, registered, seq }: RoomMembers): Members {
  const snapshot: Members = { names: [...names], registered: new Set(registered), seq, early: [] }
  return members.early.reduce(takeEvent, snapshot)
}

export function takeEvent(members: Members, event: MemberEvent): Members {
  if (members.seq === undefined) {
    return { ...members, early: [...members.early, event].slice(-MAX_EARLY) }
  }
  if (event.seq <= members.seq) return members
  const others = members.names.filter((name) => name !== event.name)
  const names =
    event.type === 'LEAVE'
      ? others
      : members.names.includes(event.name)
        ? members.names
        : [...others, event.name]
  const registered = new Set(members.registered)
  if (event.type === 'JOIN' && event.registered === true) registered.add(event.name)
  else registered.delete(event.name)
  return { names, registered, seq: event.seq, early: [] }
}

/** Whether events between the last one and this one never came, so that the snapshot has to be read again. */
export function isGap(members: Members, event: MemberEvent): boolean {
  return members.seq !== undefined && event.seq > members.seq + 1
}
