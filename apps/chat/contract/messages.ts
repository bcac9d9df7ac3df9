import * as z from 'zod/mini'

/** Bounds that server and page both keep; lengths in Unicode code points. */
export const BOUNDS = {
  roomName: 60,
  sender: 40,
  message: 4_000,
  messageId: 64,
  passwordAtLeast: 8,
  password: 200,
} as const

/** What a page sends to `CHAT_MESSAGE`. A page without a name may send none: the server gives it a guest name. */
export const ChatRequest = z.object({
  type: z.enum(['ENTER', 'TALK']),
  roomId: z.string(),
  sender: z.optional(z.nullable(z.string())),
  message: z.optional(z.nullable(z.string())),
  /** The page's own id for this message; comes back as the message's `id`. */
  id: z.optional(z.string()),
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
})
export type ChatMessage = z.infer<typeof ChatMessage>

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
})
export type Room = z.infer<typeof Room>

/** A room as it is now, or that it is gone: for everyone, or for the one who was told. */
export const RoomEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ROOM'), room: Room }),
  z.object({ type: z.literal('GONE'), roomId: z.string() }),
])
export type RoomEvent = z.infer<typeof RoomEvent>

/** What those who are in a room are told besides what is said. */
export const RoomNews = z.union([MemberEvent, RoomEvent])
export type RoomNews = z.infer<typeof RoomNews>
