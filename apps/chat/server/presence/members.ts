import type { Cluster, Node, SharedChange, SharedMap } from 'stomping-ground'
import type { MemberEvent, RoomMembers } from '../../contract/index.js'

/** One room. Kept when all have left, for its `seq`; there are no more of them than rooms. */
interface Room {
  /** Each name that is here, in the order in which they came: by the nodes that it is on, whether it is registered. */
  readonly names: Map<string, Map<Node, boolean>>
  seq: number
  forgotten: boolean
}

export interface MembersOptions {
  /** Called when a name has come to a room, on the first node that has it, or has left the last one. */
  readonly announce: (event: MemberEvent) => void
  /** What the rooms' `seq` starts from: larger than before a restart, so that no page takes new events for old ones. */
  readonly firstSeq: number
}

/**
 * Who is in which room, on all nodes. Each node shares the names of its own sessions; what is told to those who are
 * connected here is computed here, in one order. The people of a node that is gone have left.
 */
export class Members {
  readonly #options: MembersOptions
  readonly #rooms = new Map<string, Room>()
  #shared: SharedMap<boolean> | undefined

  constructor(options: MembersOptions) {
    this.#options = options
  }

  /** Before the server starts, and before anybody comes. */
  open(cluster: Pick<Cluster, 'shared'>): void {
    this.#shared = cluster.shared<boolean>('members', { changed: (change) => this.#changed(change) })
  }

  /** The first session of a name has come to a room here. */
  came(roomId: string, name: string, registered: boolean): void {
    this.#shared?.set(`${roomId}/${name}`, registered)
  }

  /** The last one has left it. */
  left(roomId: string, name: string): void {
    this.#shared?.delete(`${roomId}/${name}`)
  }

  /** How many different names are in a room. */
  count(roomId: string): number {
    return this.#rooms.get(roomId)?.names.size ?? 0
  }

  of(roomId: string): RoomMembers {
    const room = this.#rooms.get(roomId)
    const names = [...(room?.names ?? [])]
    return {
      members: names.map(([name]) => name),
      registered: names.filter(([, nodes]) => isRegistered(nodes)).map(([name]) => name),
      seq: room?.seq ?? this.#options.firstSeq,
    }
  }

  /** There is no such room any more. Those who are in it leave it as their subscriptions end. */
  forget(roomId: string): void {
    const room = this.#rooms.get(roomId)
    if (room === undefined) return
    room.forgotten = true
    if (room.names.size === 0) this.#rooms.delete(roomId)
  }

  #changed({ key, node, value }: SharedChange<boolean>): void {
    // No room's id has a slash in it.
    const roomId = key.slice(0, key.indexOf('/'))
    const name = key.slice(roomId.length + 1)
    if (value === undefined) this.#gone(roomId, name, node)
    else this.#is(roomId, name, node, value)
  }

  #is(roomId: string, name: string, node: Node, registered: boolean): void {
    const room = this.#room(roomId)
    const nodes = room.names.get(name)
    if (nodes !== undefined) return void nodes.set(node, registered)
    room.names.set(name, new Map([[node, registered]]))
    this.#tell('JOIN', roomId, room, { name, registered })
  }

  #gone(roomId: string, name: string, node: Node): void {
    const room = this.#rooms.get(roomId)
    const nodes = room?.names.get(name)
    if (room === undefined || nodes === undefined) return
    const registered = isRegistered(nodes)
    nodes.delete(node)
    if (nodes.size > 0) return
    room.names.delete(name)
    this.#tell('LEAVE', roomId, room, { name, registered })
    if (room.forgotten && room.names.size === 0) this.#rooms.delete(roomId)
  }

  #tell(
    type: MemberEvent['type'],
    roomId: string,
    room: Room,
    { name, registered }: { readonly name: string; readonly registered: boolean },
  ): void {
    room.seq++
    const event = { type, roomId, name, members: room.names.size, seq: room.seq }
    this.#options.announce(registered ? { ...event, registered } : event)
  }

  #room(roomId: string): Room {
    let room = this.#rooms.get(roomId)
    if (room === undefined) {
      room = { names: new Map(), seq: this.#options.firstSeq, forgotten: false }
      this.#rooms.set(roomId, room)
    }
    return room
  }
}

function isRegistered(nodes: ReadonlyMap<Node, boolean>): boolean {
  return [...nodes.values()].includes(true)
}
