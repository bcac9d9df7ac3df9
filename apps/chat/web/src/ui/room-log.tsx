import { useCallback, useMemo } from 'react'
import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { firstOffset, lastOffset, type Talk } from '../room/entries.js'
import { isTrimmed } from '../room/room-log.js'
import type { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'
import { useStore } from '../store.js'
import { MessageLog } from './message-log.js'
import { PagePlace } from './page-place.js'
import { RoomBeginning } from './room-beginning.js'
import { TalkActionsContext, type TalkActions } from './talk-actions.js'

interface RoomLogProps {
  readonly session: RoomSession
  readonly state: RoomState
}

/** What is said in a room: its end, or what was said long ago. */
export function RoomLog({ session, state }: RoomLogProps) {
  const texts = useTexts()
  const { pages } = session
  const shown = state.past ?? state
  const readOlder = useCallback(() => pages.readOlder(), [pages])
  const readNewer = useCallback(() => pages.readNewer(), [pages])
  return (
    <TalkActionsContext value={useTalkActions(session, state)}>
      <MessageLog
        outbox={session.outbox}
        blocks={shown.blocks}
        heard={state.heard}
        sought={state.sought}
        onToPresent={state.past && (() => pages.toPresent())}
        older={
          // A place of its own for each page: it may be in sight still when one has come.
          shown.more ? (
            <PagePlace
              key={firstOffset(shown.blocks)}
              testId="older"
              reading={texts.readingOlder}
              read={readOlder}
            />
          ) : (
            isTrimmed(shown) && <p className="notice">{texts.olderGone}</p>
          )
        }
        newer={
          state.past && (
            <PagePlace
              key={lastOffset(shown.blocks)}
              testId="newer"
              reading={texts.talk.readingNewer}
              read={readNewer}
            />
          )
        }
        beginning={<RoomBeginning state={state} outbox={session.outbox} />}
      />
    </TalkActionsContext>
  )
}

function useTalkActions({ changes }: RoomSession, { room, editMs }: RoomState): TalkActions | undefined {
  const { account } = useStore(usePage().identity)
  const owned = room?.owner !== undefined && room.owner === account
  return useMemo(() => {
    if (editMs === undefined) return undefined
    return {
      mayEdit: ({ own, time }: Talk) => own && Date.now() - time < editMs,
      mayDelete: ({ own }: Talk) => own || owned,
      edit: (offset, text, signal) => changes.edit(offset, text, signal),
      delete: (offset) => changes.delete(offset),
    }
  }, [changes, editMs, owned])
}
