import { createContext } from 'react'
import type { Talk } from '../room/entries.js'

/** What the reader of a conversation can do with messages that are kept in it. */
export interface TalkActions {
  mayEdit(talk: Talk): boolean
  mayDelete(talk: Talk): boolean
  /** Resolves when it is kept. */
  edit(offset: number, text: string, signal: AbortSignal): Promise<void>
  delete(offset: number): Promise<void>
}

/** Where nothing can be changed there are none. */
export const TalkActionsContext = createContext<TalkActions | undefined>(undefined)
