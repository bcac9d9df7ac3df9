import { acknowledging } from './features/acknowledging.js'
import { bodies } from './features/bodies.js'
import { messages } from './features/messages.js'
import { sessions } from './features/sessions.js'
import type { Stage } from './stage.js'

/**
 * Plays one feature with a client, and judges it.
 *
 * @returns what the matrix says beside the tick
 */
export type Play = (stage: Stage) => Promise<string | void>

/** Every feature, in the order of the matrix. */
export const FEATURES = { ...sessions, ...messages, ...acknowledging, ...bodies } satisfies Record<
  string,
  Play
>

export type FeatureName = keyof typeof FEATURES
