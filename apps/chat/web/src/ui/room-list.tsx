import { memo } from 'react'
import type { Room } from '../../../contract/index.js'
import { useTexts } from '../i18n/language.js'
import { matches, type RoomsState } from '../rooms/rooms-state.js'
import { unreadIn } from '../rooms/unread.js'
import { usePage } from '../page.js'
import { roomPath } from '../router.js'
import { useStore } from '../store.js'
import { hueStyle } from './avatar.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { UnreadBadge } from './unread-badge.js'
import { initial } from '../names.js'

interface RoomListProps {
  readonly state: RoomsState
  readonly query: string
}

export function RoomList({ state, query }: RoomListProps) {
  const texts = useTexts()
  const places = useStore(usePage().readPlaces.state)
  const shown = query === '' ? state.rooms : state.rooms.filter((room) => matches(room.name, query))
  return (
    <div className="room-list-frame" aria-busy={state.read === 'reading'}>
      <ul className="room-list" data-testid="room-list" aria-label={texts.rooms} hidden={shown.length === 0}>
        {shown.map((room) => (
          <RoomItem key={room.id} room={room} unread={unreadIn(room, places[room.id])} />
        ))}
      </ul>
      <output>{shown.length === 0 && <NoRooms state={state} query={query} />}</output>
    </div>
  )
}

function NoRooms({ state, query }: RoomListProps) {
  const texts = useTexts()
  if (state.read === 'reading') return <span className="empty quiet">{texts.readingRooms}</span>
  if (state.read === 'unreachable') return <span className="empty quiet">{texts.roomsUnreachable}</span>
  const searched = query !== '' && state.rooms.length > 0
  return (
    <span className="empty">
      <span className="empty-title">{searched ? texts.noMatch(query) : texts.noRooms}</span>
      <span>{searched ? texts.noMatchHelp : texts.noRoomsHelp}</span>
    </span>
  )
}

interface RoomItemProps {
  readonly room: Room
  readonly unread: number
}

const RoomItem = memo(function RoomItem({ room, unread }: RoomItemProps) {
  const texts = useTexts()
  return (
    <li>
      <Link className="room-item" href={roomPath(room.id)} data-unread={unread > 0}>
        <span className="room-sign" style={hueStyle(room.name)} aria-hidden="true">
          {initial(room.name)}
        </span>
        <span className="room-item-name">
          <bdi>{room.name}</bdi>
          {room.private === true && (
            <span className="lock" title={texts.owner.private}>
              <Icon name="lock" size={15} />
              <span className="visually-hidden">{texts.owner.private}</span>
            </span>
          )}
        </span>
        <span className="room-item-people" data-live={room.members > 0}>
          {room.members > 0 ? texts.people(room.members) : texts.nobody}
        </span>
        <UnreadBadge count={unread} />
        <Icon name="chevron" size={16} />
      </Link>
    </li>
  )
})
