import { describe, expect, it } from 'vitest'
import type { ConversationPage, DirectEvent, DirectMessage } from '../../../contract/index.js'
import { isGap, newConversation, reduceDirect, type DirectAction, type DirectState } from './direct-state.js'

const message = (seq: number, sender = '수민', id = `m${seq}`): DirectMessage => ({
  seq,
  id,
  sender,
  message: `text ${seq}`,
  time: seq * 1_000,
})
const page = (seqs: number[], more: Partial<ConversationPage> = {}): ConversationPage => ({
  with: '수민',
  messages: seqs.map((seq) => message(seq)),
  more: false,
  readSeq: 0,
  blocked: false,
  ...more,
})
const came = (one: DirectMessage): DirectAction => ({
  type: 'event',
  event: { type: 'MESSAGE', with: '수민', message: one } satisfies DirectEvent,
})
const after = (...actions: DirectAction[]): DirectState =>
  actions.reduce(reduceDirect, newConversation('수민'))
const seqs = ({ messages }: DirectState): number[] => messages.map(({ seq }) => seq)
const shown = ({ blocks }: DirectState): string[] =>
  blocks.flatMap(({ entries }) => entries.map(({ id }) => id))

describe('a conversation', () => {
  it('shows what was read, then what comes, each once', () => {
    const state = after(
      { type: 'latest', page: page([1, 2]) },
      came(message(3)),
      came(message(3)),
      came(message(2)),
    )
    expect(seqs(state)).toEqual([1, 2, 3])
    expect(shown(state)).toEqual(['1', '2', '3'])
    expect(state.heard).toBe(1)
  })

  it('keeps what came while the answer was on its way', () => {
    const state = after({ type: 'latest', page: page([1]) }, came(message(2)), {
      type: 'latest',
      page: page([1]),
    })
    expect(seqs(state)).toEqual([1, 2])
  })

  it('shows nothing behind a hole; what is read closes it, and older messages stay where the two meet', () => {
    const holed = after({ type: 'latest', page: page([1, 2]) }, came(message(5)))
    expect(seqs(holed)).toEqual([1, 2])
    expect(isGap(holed, message(5))).toBe(true)
    expect(seqs(reduceDirect(holed, { type: 'latest', page: page([2, 3, 4, 5]) }))).toEqual([1, 2, 3, 4, 5])
    const far = reduceDirect(holed, { type: 'latest', page: page([90, 91], { more: true }) })
    expect([seqs(far), far.more]).toEqual([[90, 91], true])
  })

  it('puts older messages before the first, each once', () => {
    const state = after(
      { type: 'latest', page: page([4, 5], { more: true }) },
      { type: 'older', page: page([2, 3, 4], { more: true }) },
      { type: 'older', page: page([1]) },
    )
    expect([seqs(state), shown(state), state.more]).toEqual([
      [1, 2, 3, 4, 5],
      ['1', '2', '3', '4', '5'],
      false,
    ])
  })

  it('tells two messages of one id apart, for each side chooses its own', () => {
    const state = after(
      { type: 'latest', page: page([]) },
      came(message(1, '수민', 'same')),
      came(message(2, '민지', 'same')),
    )
    expect(shown(state)).toEqual(['1', '2'])
  })
})
