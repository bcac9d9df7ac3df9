import { memo, useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from 'react'
import { useTexts } from '../i18n/language.js'
import type { Block } from '../room/entries.js'
import type { Outbox } from '../outbox.js'
import { useStore } from '../store.js'
import type { Sought } from '../room/room-state.js'
import { EntryView } from './entry-view.js'
import { Icon } from './icons.js'
import { OutgoingView } from './outgoing-view.js'
import { useFollowing } from './use-following.js'
import { useSoughtInSight } from './use-sought.js'

interface MessageLogProps {
  readonly outbox: Outbox
  readonly blocks: readonly Block[]
  /** How many messages of others have come. */
  readonly heard: number
  /** A message that was looked for. */
  readonly sought?: Sought | undefined
  /** Where what is shown does not end with the newest: the way there. */
  readonly onToPresent?: (() => void) | undefined
  /** What stands above the first message: the way to those before it. */
  readonly older?: ReactNode
  /** What stands below the last one, likewise. */
  readonly newer?: ReactNode
  /** What stands in place of a conversation that has not begun. */
  readonly beginning: ReactNode
}

/**
 * The conversation. All of it stands in the document, so that the browser's search, selection and screen readers have
 * all of it; `content-visibility` on the blocks keeps what is out of sight from costing anything.
 */
export function MessageLog({
  outbox,
  blocks,
  heard,
  sought,
  onToPresent,
  older,
  newer,
  beginning,
}: MessageLogProps) {
  const texts = useTexts()
  const log = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const outgoing = useStore(outbox.state)
  const isPresent = onToPresent === undefined
  const { following, follow, leave } = useFollowing(log, content, isPresent)
  const newCount = useNewCount(heard, following)
  const sent = useRef(outgoing.at(-1)?.id)
  const lastOutgoing = outgoing.at(-1)?.id
  useKeptPlace(log, blocks[0]?.entries[0]?.id)
  useSoughtInSight(log, sought, leave)
  // What one writes oneself is always shown.
  useLayoutEffect(() => {
    if (lastOutgoing !== undefined && lastOutgoing !== sent.current) {
      onToPresent?.()
      follow()
    }
    sent.current = lastOutgoing
  }, [lastOutgoing, follow, onToPresent])
  return (
    <div className="log-frame">
      <button type="button" className="skip" onClick={() => toComposer(log)}>
        {texts.toComposer}
      </button>
      <div
        ref={log}
        className="log"
        role="log"
        aria-label={texts.messages}
        data-testid="messages"
        // Scrolled with keys.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <div ref={content} className="log-content">
          {older}
          <Blocks blocks={blocks} />
          {newer}
          <ol className="outgoing" aria-live="off" hidden={!isPresent}>
            {outgoing.map((message, i) => (
              <OutgoingView
                key={message.id}
                message={message}
                head={i === 0 && !continuesOwnRun(blocks)}
                outbox={outbox}
                onGone={() => log.current?.focus()}
              />
            ))}
          </ol>
        </div>
      </div>
      {beginning}
      {!following && (
        <button
          type="button"
          className="to-newest"
          data-new={newCount > 0}
          aria-label={newCount > 0 ? undefined : isPresent ? texts.toNewest : texts.talk.toPresent}
          onClick={() => {
            onToPresent?.()
            follow()
            log.current?.focus({ preventScroll: true })
          }}
        >
          {newCount > 0 && <output>{texts.newMessages(newCount)}</output>}
          <Icon name="down" size={18} />
        </button>
      )}
    </div>
  )
}

/** Past the buttons of all messages that can be changed. */
function toComposer(log: RefObject<HTMLElement | null>): void {
  log.current?.closest('main')?.querySelector<HTMLElement>('.composer textarea')?.focus()
}

const Blocks = memo(function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  // Blocks grow at their end alone: the first entry of each says which it is, wherever it comes to stand.
  return blocks.map((block) => <BlockView key={block.entries[0]?.id} block={block} />)
})

const BlockView = memo(function BlockView({ block }: { readonly block: Block }) {
  return (
    <div className="block">
      {block.entries.map((entry) => (
        <EntryView key={entry.id} entry={entry} />
      ))}
    </div>
  )
})

/** Whether what is being sent will join what was said last, so that it stands where it will stand. */
function continuesOwnRun(blocks: readonly Block[]): boolean {
  const last = blocks.at(-1)?.entries.at(-1)
  return last?.kind === 'talk' && last.own
}

/** What is put in above the first entry moves nothing that is being read. */
function useKeptPlace(log: RefObject<HTMLDivElement | null>, first: string | undefined): void {
  const before = useRef({ first, height: 0, top: 0 })
  useLayoutEffect(() => {
    const element = log.current
    if (element === null) return
    const { first: wasFirst, height, top } = before.current
    if (wasFirst !== undefined && wasFirst !== first) element.scrollTo(0, top + element.scrollHeight - height)
    before.current.first = first
  }, [log, first])
  useLayoutEffect(() => {
    const element = log.current
    if (element === null) return undefined
    const note = (): void => {
      before.current.height = element.scrollHeight
      before.current.top = element.scrollTop
    }
    note()
    element.addEventListener('scroll', note, { passive: true })
    return () => element.removeEventListener('scroll', note)
  })
}

/** How many messages came since the reader left the end. */
function useNewCount(heard: number, following: boolean): number {
  const [left, setLeft] = useState<number>()
  if (following && left !== undefined) setLeft(undefined)
  if (!following && left === undefined) setLeft(heard)
  return following || left === undefined ? 0 : heard - left
}
