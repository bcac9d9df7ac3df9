import type { ConversationPage, DirectEvent, DirectMessage } from '../../../contract/index.js'
import type { Refusal } from '../refusal.js'
import { append, type Block } from '../room/entries.js'

/** Everything that the page of one conversation shows. */
export interface DirectState {
  /** Whether there is such a person; `unreachable` means that nobody could be asked. */
  readonly found: 'asking' | 'yes' | 'no' | 'unreachable'
  /** Why there is no conversation. */
  readonly refusal: Refusal | undefined
  /** The name as its owner writes it. */
  readonly with: string
  /** By their `seq`, without a gap. */
  readonly messages: readonly DirectMessage[]
  /** The same as they stand in the log. */
  readonly blocks: readonly Block[]
  /** Whether there are older ones. */
  readonly more: boolean
  readonly readSeq: number
  readonly blocked: boolean
  /** How many messages of the other one have come while this page was open. */
  readonly heard: number
}

export function newConversation(name: string): DirectState {
  return {
    found: 'asking',
    refusal: undefined,
    with: name,
    messages: [],
    blocks: [],
    more: false,
    readSeq: 0,
    blocked: false,
    heard: 0,
  }
}

export type DirectAction =
  | { readonly type: 'latest' | 'older'; readonly page: ConversationPage }
  | { readonly type: 'unknown'; readonly refusal: Refusal }
  | { readonly type: 'unreachable' }
  | { readonly type: 'event'; readonly event: DirectEvent }
  | { readonly type: 'blocked'; readonly blocked: boolean }

export function reduceDirect(state: DirectState, action: DirectAction): DirectState {
  switch (action.type) {
    case 'latest':
      return takeLatest(state, action.page)
    case 'older': {
      const { messages, more } = action.page
      const first = state.messages[0]?.seq ?? Infinity
      const older = messages.filter(({ seq }) => seq < first)
      return { ...state, more, ...placed([...older, ...state.messages], state.with) }
    }
    case 'unknown':
      return { ...state, found: 'no', refusal: action.refusal }
    case 'unreachable':
      return state.found === 'yes' ? state : { ...state, found: 'unreachable' }
    case 'event':
      return takeEvent(state, action.event)
    case 'blocked':
    default:
      return { ...state, blocked: action.blocked }
  }
}

/** Whether messages between the last one and this one have not come, so that the latest have to be read again. */
export function isGap(state: DirectState, { seq }: DirectMessage): boolean {
  return seq > (state.messages.at(-1)?.seq ?? 0) + 1
}

function takeLatest(state: DirectState, page: ConversationPage): DirectState {
  const first = page.messages[0]?.seq ?? Infinity
  const last = state.messages.at(-1)?.seq ?? 0
  // What was read before stays where the two meet; what came while the answer was on its way stays in any case.
  const joins = first <= last + 1
  const older = joins ? state.messages.filter(({ seq }) => seq < first) : []
  const newer = state.messages.filter(({ seq }) => seq > (page.messages.at(-1)?.seq ?? 0))
  const messages = [...older, ...page.messages, ...newer]
  return {
    ...state,
    found: 'yes',
    refusal: undefined,
    with: page.with,
    more: older.length > 0 ? state.more : page.more,
    readSeq: Math.max(state.readSeq, page.readSeq),
    blocked: page.blocked,
    ...placed(messages, page.with),
  }
}

function takeEvent(state: DirectState, event: DirectEvent): DirectState {
  if (event.type === 'READ') return { ...state, readSeq: Math.max(state.readSeq, event.seq) }
  const { message } = event
  const own = message.sender !== event.with
  const last = state.messages.at(-1)?.seq ?? 0
  if (message.seq <= last || isGap(state, message)) return state
  return {
    ...state,
    heard: own ? state.heard : state.heard + 1,
    messages: [...state.messages, message],
    blocks: add(state.blocks, message, event.with),
  }
}

function placed(messages: readonly DirectMessage[], other: string): Pick<DirectState, 'messages' | 'blocks'> {
  return { messages, blocks: messages.reduce<readonly Block[]>((all, one) => add(all, one, other), []) }
}

function add(blocks: readonly Block[], message: DirectMessage, other: string): readonly Block[] {
  // Ids are chosen by pages, and the other one may choose one of ours.
  const said = { ...message, id: String(message.seq) }
  return append(blocks, { kind: 'talk', message: said, own: message.sender !== other })
}
