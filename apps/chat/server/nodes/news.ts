import * as z from 'zod/mini'
import { CHAT_ERRORS, Place } from '../../contract/index.js'
import type { ChatErrorCode } from '../../contract/index.js'

/**
 * What a node tells the others: what has changed in the database, so that they read it again, and what they tell those who
 * are connected to them.
 */
export const News = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ROOM'),
    roomId: z.string(),
    /** What those are told who have to leave a private room by this. */
    why: z.optional(z.string().check(z.refine((code) => Object.hasOwn(CHAT_ERRORS, code)))),
  }),
  z.object({ type: z.literal('SAID'), roomId: z.string(), ...Place.shape }),
  z.object({ type: z.literal('LOGINS_ENDED'), ids: z.array(z.string()) }),
  z.object({ type: z.literal('NAME_REGISTERED'), name: z.string() }),
])
export type News = z.infer<typeof News>

export type Why = ChatErrorCode | undefined
