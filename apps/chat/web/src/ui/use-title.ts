import { useEffect } from 'react'
import { usePage } from '../page.js'
import { unreadInAll } from '../rooms/unread.js'
import { useStore } from '../store.js'

/** Names the page in the browser's tab, with how much is unread anywhere. */
export function useTitle(name: string): void {
  const { rooms, inbox, readPlaces } = usePage()
  const inRooms = unreadInAll(useStore(rooms.state).rooms, useStore(readPlaces.state))
  const { conversations } = useStore(inbox.state)
  const unread = conversations.reduce((sum, one) => sum + one.unread, inRooms)
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name} · Stomping Ground`
  }, [unread, name])
}
