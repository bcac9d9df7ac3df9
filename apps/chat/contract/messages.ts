import * as z from 'zod/mini'

/** Bounds that server and page both keep; lengths in Unicode code points. */
export const BOUNDS = {
  roomName: 60,
  sender: 40,
  message: 4_000,
  messageId: 64,
  passwordAtLeast: 8,
  password: 200,
  authorAtLeast: 22,
  author: 64,
  search: 100,
} as const

/** Where a message stands in the history of its room. Offsets of another epoch say nothing. */
export const Place = z.object({ offset: z.number(), epoch: z.string() })
export type Place = z.infer<typeof Place>

/** What a page sends to `chatMessage`. A page without a name may send none: the server gives it a guest name. */
export const ChatRequest = z.object({
  type: z.enum(['ENTER', 'TALK']),
  roomId: z.string(),
  sender: z.optional(z.nullable(z.string())),
  message: z.optional(z.nullable(z.string())),
  /** The page's own id for this message; comes back as the message's `id`. */
  id: z.optional(z.string()),
  /**
   * A guest's secret, the same for everything that a browser says: letters, digits, `-` and `_`, unguessable. Whoever knows
   * it may edit and delete what was said with it. It is told to nobody.
   */
  author: z.optional(z.string()),
})
export type ChatRequest = z.infer<typeof ChatRequest>

/** What everyone in a room gets. For an ENTER, `message` is the notice `○○님이 입장했습니다.` */
export const ChatMessage = z.object({
  type: z.enum(['ENTER', 'TALK']),
  roomId: z.string(),
  /** The name that the session holds, whatever the request said. */
  sender: z.string(),
  message: z.string(),
  id: z.string(),
  /** Milliseconds since 1970, by the server's clock. */
  time: z.number(),
  /** Whether the name belongs to an account. */
  registered: z.optional(z.boolean()),
  /** What a guest's secret made of the message's id: nothing can be read from it. */
  author: z.optional(z.string()),
  /** When it got the text that it has: milliseconds since 1970. */
  edited: z.optional(z.number()),
  /** Who deleted it. `message` says to pages that do not know this that it was deleted. */
  deleted: z.optional(z.enum(['author', 'owner'])),
})
export type ChatMessage = z.infer<typeof ChatMessage>

/** What a page sends to `messageEdit`. `author` is the secret of a guest. */
export const EditRequest = z.object({
  roomId: z.string(),
  ...Place.shape,
  message: z.string(),
  author: z.optional(z.string()),
})
export type EditRequest = z.infer<typeof EditRequest>

/** What a page sends to `messageDelete`: about a message of its own, or of the room that its account owns. */
export const DeleteRequest = z.object({
  roomId: z.string(),
  ...Place.shape,
  author: z.optional(z.string()),
})
export type DeleteRequest = z.infer<typeof DeleteRequest>

/** A message that was said is another now. `offset` and `epoch` are those of the message in the room. */
export const ChangeEvent = z.object({ type: z.literal('CHANGE'), ...Place.shape, message: ChatMessage })
export type ChangeEvent = z.infer<typeof ChangeEvent>

/** What a page with an account sends to `roomRead`: everything up to there has been seen. */
export const RoomReadRequest = z.object({ roomId: z.string(), ...Place.shape })
export type RoomReadRequest = z.infer<typeof RoomReadRequest>

/** Up to where this account has read a room now, on whatever device. */
export const RoomReadEvent = z.object({ type: z.literal('READ'), roomId: z.string(), ...Place.shape })
export type RoomReadEvent = z.infer<typeof RoomReadEvent>

/**
 * Someone's first session came to a room, or the last one left it. `seq` grows by one with each event of a room, so a
 * page that has read `RoomDetail` knows which events are newer.
 */
export const MemberEvent = z.object({
  type: z.enum(['JOIN', 'LEAVE']),
  roomId: z.string(),
  name: z.string(),
  members: z.number(),
  seq: z.number(),
  /** Whether the name belongs to an account. */
  registered: z.optional(z.boolean()),
})
export type MemberEvent = z.infer<typeof MemberEvent>

/** Who is in a room, and the `seq` of the last `MemberEvent` that this includes. */
export const RoomMembers = z.object({
  members: z.array(z.string()),
  /** Those of `members` that are registered names. */
  registered: z.array(z.string()),
  seq: z.number(),
})
export type RoomMembers = z.infer<typeof RoomMembers>

export const Room = z.object({
  /** Valid in a URL as it is. */
  id: z.string(),
  name: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  /** How many different names are in it now. */
  members: z.number(),
  /** Only its members can enter it, and nobody else is told that there is such a room. */
  private: z.optional(z.boolean()),
  /** The name of whoever made it; a guest's room has no owner. */
  owner: z.optional(z.string()),
  /** The newest message that was said in it; missing where there has never been one. */
  said: z.optional(Place),
})
export type Room = z.infer<typeof Room>

const RoomNow = z.object({ type: z.literal('ROOM'), room: Room })
const RoomGone = z.object({ type: z.literal('GONE'), roomId: z.string() })
/** Something was said up to there; not told for each message. */
const RoomSaid = z.object({ type: z.literal('SAID'), roomId: z.string(), ...Place.shape })

/** A room as it is now, that something was said in it, or that it is gone: for everyone, or for the one who was told. */
export const RoomEvent = z.discriminatedUnion('type', [RoomNow, RoomSaid, RoomGone])
export type RoomEvent = z.infer<typeof RoomEvent>

/** What those who are in a room are told besides what is said. */
export const RoomNews = z.union([MemberEvent, RoomNow, RoomGone])
export type RoomNews = z.infer<typeof RoomNews>

/**
 * How far what is said reaches. While the broker between the nodes is `away`, what is sent waits a few seconds for it, and
 * is then refused with `broker-unavailable`; rooms and sessions stay.
 */
export const ChatStatus = z.object({ broker: z.enum(['available', 'away']) })
export type ChatStatus = z.infer<typeof ChatStatus>
