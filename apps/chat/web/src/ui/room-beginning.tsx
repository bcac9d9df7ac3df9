import { useTexts } from '../i18n/language.js'
import type { Block } from '../room/entries.js'
import type { Outbox } from '../outbox.js'
import type { RoomState } from '../room/room-state.js'
import { useStore } from '../store.js'
import { InviteButton } from './invite-button.js'

/** What stands in a room in which nothing was said yet. It lies over the log, so that nothing moves when it goes. */
export function RoomBeginning({ state, outbox }: { readonly state: RoomState; readonly outbox: Outbox }) {
  const texts = useTexts()
  const outgoing = useStore(outbox.state)
  if (outgoing.length > 0 || isFilled(state.blocks)) return null
  if (state.found === 'unreachable') return <p className="beginning">{texts.roomUnreachable}</p>
  if (state.found !== 'yes') return <p className="beginning">{texts.loadingRoom}</p>
  if (state.entry !== 'in') return <p className="beginning">{state.entry === 'entering' && texts.entering}</p>
  return (
    <div className="beginning empty">
      <p className="empty-title">{texts.emptyRoom}</p>
      <p>{state.room?.private === true ? texts.emptyPrivateHelp : texts.emptyRoomHelp}</p>
      {state.room?.private !== true && <InviteButton />}
    </div>
  )
}

/** How many notices leave the middle of the log free. */
const FEW = 5

function isFilled([first, ...more]: readonly Block[]): boolean {
  const entries = first?.entries ?? []
  return more.length > 0 || entries.length > FEW || entries.some(({ kind }) => kind === 'talk')
}
