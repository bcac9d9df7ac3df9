import { memo, useLayoutEffect, useRef, useState } from 'react'
import { useTexts } from '../i18n/language.js'
import type { Block } from '../room/entries.js'
import type { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'
import { EntryView } from './entry-view.js'
import { Icon } from './icons.js'
import { InviteButton } from './invite-button.js'
import { OutgoingView } from './outgoing-view.js'
import { useFollowing } from './use-following.js'

interface MessageLogProps {
  readonly session: RoomSession
  readonly state: RoomState
}

/**
 * The conversation. All of it stands in the document, so that the browser's search, selection and screen readers have
 * all of it; `content-visibility` on the blocks keeps what is out of sight from costing anything.
 */
export function MessageLog({ session, state }: MessageLogProps) {
  const texts = useTexts()
  const log = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const { following, follow } = useFollowing(log, content)
  const newCount = useNewCount(state.heard, following)
  const sent = useRef(state.outgoing.at(-1)?.id)
  const lastOutgoing = state.outgoing.at(-1)?.id
  // What one writes oneself is always shown.
  useLayoutEffect(() => {
    if (lastOutgoing !== undefined && lastOutgoing !== sent.current) follow()
    sent.current = lastOutgoing
  }, [lastOutgoing, follow])
  return (
    <div className="log-frame">
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
          <Blocks blocks={state.blocks} />
          <ol className="outgoing" aria-live="off">
            {state.outgoing.map((message, i) => (
              <OutgoingView
                key={message.id}
                message={message}
                head={i === 0 && !continuesOwnRun(state.blocks)}
                session={session}
                onGone={() => log.current?.focus()}
              />
            ))}
          </ol>
        </div>
      </div>
      <Beginning state={state} />
      {!following && (
        <button
          type="button"
          className="to-newest"
          data-new={newCount > 0}
          aria-label={newCount > 0 ? undefined : texts.toNewest}
          onClick={() => {
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

const Blocks = memo(function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  return blocks.map((block) => <BlockView key={block.key} block={block} />)
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

/** What stands in a room in which nothing was said yet. It lies over the log, so that nothing moves when it goes. */
function Beginning({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  if (state.outgoing.length > 0 || isFilled(state.blocks)) return null
  if (state.found === 'unreachable') return <p className="beginning">{texts.roomUnreachable}</p>
  if (state.found !== 'yes') return <p className="beginning">{texts.loadingRoom}</p>
  if (state.entry !== 'in') return <p className="beginning">{state.entry === 'entering' && texts.entering}</p>
  return (
    <div className="beginning empty">
      <p className="empty-title">{texts.emptyRoom}</p>
      <p>{texts.emptyRoomHelp}</p>
      <InviteButton labelled />
    </div>
  )
}

/** Whether what is being sent will join what was said last, so that it stands where it will stand. */
function continuesOwnRun(blocks: readonly Block[]): boolean {
  const last = blocks.at(-1)?.entries.at(-1)
  return last?.kind === 'talk' && last.own
}

/** How many notices leave the middle of the log free. */
const FEW = 5

function isFilled([first, ...more]: readonly Block[]): boolean {
  const entries = first?.entries ?? []
  return more.length > 0 || entries.length > FEW || entries.some(({ kind }) => kind === 'talk')
}

/** How many messages came since the reader left the end. */
function useNewCount(heard: number, following: boolean): number {
  const [left, setLeft] = useState<number>()
  if (following && left !== undefined) setLeft(undefined)
  if (!following && left === undefined) setLeft(heard)
  return following || left === undefined ? 0 : heard - left
}
