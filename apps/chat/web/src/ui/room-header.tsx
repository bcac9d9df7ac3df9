import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import type { RoomState } from '../room/room-state.js'
import { unreadInAll } from '../rooms/unread.js'
import { useStore } from '../store.js'
import { DirectButton } from './account-button.js'
import { ConnectionStatus } from './connection-status.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { RoomActions } from './room-actions.js'
import { RoomSheetButton } from './room-sheet.js'
import { SearchButton } from './search-button.js'
import { SettingsButton } from './settings.js'
import { Badge } from './unread-badge.js'

export function RoomHeader({ state, wide }: { readonly state: RoomState; readonly wide: boolean }) {
  const texts = useTexts()
  const name = state.room?.name
  return (
    <header className="room-header">
      <BackToRooms roomId={state.room?.id} />
      <div className="room-title">
        <h1 tabIndex={-1}>
          {name === undefined ? <span className="quiet">{texts.loadingRoom}</span> : <bdi>{name}</bdi>}
          {state.room?.private === true && (
            <span className="lock" title={texts.owner.private}>
              <Icon name="lock" size={15} />
              <span className="visually-hidden">{texts.owner.private}</span>
            </span>
          )}
        </h1>
        <ConnectionStatus />
      </div>
      <SearchButton />
      <DirectButton onlyUnread={!wide} />
      {wide ? (
        <>
          <RoomActions room={state.room} />
          <SettingsButton />
        </>
      ) : (
        <RoomSheetButton state={state} />
      )}
    </header>
  )
}

/** The way to the other rooms, and whether there is something new in them. */
function BackToRooms({ roomId }: { readonly roomId: string | undefined }) {
  const texts = useTexts()
  const { rooms, readPlaces } = usePage()
  const others = useStore(rooms.state).rooms.filter(({ id }) => id !== roomId)
  const count = unreadInAll(others, useStore(readPlaces.state))
  const label = count > 0 ? `${texts.allRooms}: ${texts.talk.elsewhere(count)}` : texts.allRooms
  return (
    <Link className="icon-button has-badge" href="/" aria-label={label}>
      <Icon name="back" />
      {count > 0 && <Badge count={count} />}
    </Link>
  )
}
