import type { Conversation, DirectEvent } from '../../../contract/index.js'

/** All conversations of whoever is signed in, the newest first. */
export interface InboxState {
  readonly read: 'no' | 'yes' | 'unreachable'
  readonly conversations: readonly Conversation[]
}

export const NO_CONVERSATIONS: InboxState = { read: 'no', conversations: [] }

export type InboxAction =
  | { readonly type: 'list'; readonly conversations: readonly Conversation[] }
  | { readonly type: 'unreachable' }
  | { readonly type: 'signed-out' }
  | { readonly type: 'event'; readonly event: DirectEvent }

export function reduceInbox(state: InboxState, action: InboxAction): InboxState {
  switch (action.type) {
    case 'list':
      return { read: 'yes', conversations: action.conversations }
    case 'unreachable':
      return state.read === 'yes' ? state : { ...state, read: 'unreachable' }
    case 'signed-out':
      return NO_CONVERSATIONS
    case 'event':
    default:
      return { ...state, conversations: take(state.conversations, action.event) }
  }
}

function take(conversations: readonly Conversation[], event: DirectEvent): readonly Conversation[] {
  const known = conversations.find((one) => one.with === event.with)
  if (event.type === 'READ') {
    if (known === undefined || event.seq < known.readSeq) return conversations
    // What came after it is told apart only by reading the list again; nobody reads half of what they look at.
    const unread = event.seq >= known.last.seq ? 0 : Math.min(known.unread, known.last.seq - event.seq)
    return conversations.map((one) => (one === known ? { ...one, readSeq: event.seq, unread } : one))
  }
  const { message } = event
  if (known !== undefined && message.seq <= known.last.seq) return conversations
  const theirs = message.sender === event.with
  const unread = (known?.unread ?? 0) + (theirs ? 1 : 0)
  const newest = { with: event.with, last: message, readSeq: known?.readSeq ?? 0, unread }
  return [newest, ...conversations.filter((one) => one !== known)]
}

/** How many conversations have something new. */
export function unreadCount({ conversations }: InboxState): number {
  return conversations.filter(({ unread }) => unread > 0).length
}
