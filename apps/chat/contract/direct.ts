import * as z from 'zod/mini'

/** What a page sends to `directMessage`. */
export const DirectRequest = z.object({
  /** The registered name of whoever is to read it. */
  to: z.string(),
  message: z.string(),
  /** The page's own id: what is sent again under the same one is kept once. */
  id: z.string(),
})
export type DirectRequest = z.infer<typeof DirectRequest>

/** What a page sends to `directRead`: everything up to `seq` has been seen. */
export const ReadRequest = z.object({ with: z.string(), seq: z.number() })
export type ReadRequest = z.infer<typeof ReadRequest>

export const DirectMessage = z.object({
  /** Grows by one with each message of a conversation. */
  seq: z.number(),
  id: z.string(),
  sender: z.string(),
  message: z.string(),
  /** Milliseconds since 1970, by the server's clock. */
  time: z.number(),
})
export type DirectMessage = z.infer<typeof DirectMessage>

/** What all sessions of both get; `with` is the other one. A READ goes to the sessions of whoever has read. */
export const DirectEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('MESSAGE'), with: z.string(), message: DirectMessage }),
  z.object({ type: z.literal('READ'), with: z.string(), seq: z.number() }),
])
export type DirectEvent = z.infer<typeof DirectEvent>

/** One line of `GET /api/direct`. */
export interface Conversation {
  readonly with: string
  readonly last: DirectMessage
  /** The last message that this person has seen. */
  readonly readSeq: number
  readonly unread: number
}

/** `GET /api/direct`: the newest first. */
export interface ConversationList {
  readonly conversations: readonly Conversation[]
}

/** `GET /api/direct/{name}` and `?before={seq}`: the latest messages before that, oldest first. */
export interface ConversationPage {
  readonly with: string
  readonly messages: readonly DirectMessage[]
  /** Whether there are older ones. */
  readonly more: boolean
  readonly readSeq: number
  /** Whether this person has blocked the other one. Whether they are blocked themselves is not told. */
  readonly blocked: boolean
}
