import { useEffect, useRef } from 'react'
import { LanguageContext } from './i18n/language.js'
import { PageContext, type Page } from './page.js'
import { routeOf, usePath, type Route } from './router.js'
import { useStore } from './store.js'
import { ConversationsPage } from './ui/conversations-page.js'
import { DirectPage } from './ui/direct-page.js'
import { InvitationPage } from './ui/invitation-page.js'
import { MissingPage } from './ui/missing.js'
import { RoomPage } from './ui/room-page.js'
import { RoomsPage } from './ui/rooms-page.js'
import { Searchable } from './ui/search-button.js'

export function App({ page }: { readonly page: Page }) {
  const { language } = useStore(page.preferences)
  const path = usePath()
  const route = routeOf(path)
  useFocusOnNavigation(path)
  return (
    <PageContext value={page}>
      <LanguageContext value={language}>
        <Searchable roomId={route.page === 'room' ? route.roomId : undefined}>
          <Routed route={route} />
        </Searchable>
      </LanguageContext>
    </PageContext>
  )
}

function Routed({ route }: { readonly route: Route }) {
  if (route.page === 'rooms') return <RoomsPage />
  if (route.page === 'room') return <RoomPage key={route.roomId} roomId={route.roomId} />
  if (route.page === 'invitation')
    return <InvitationPage key={route.invitation} invitation={route.invitation} />
  if (route.page === 'conversations') return <ConversationsPage />
  if (route.page === 'direct') return <DirectPage key={route.name} name={route.name} />
  return <MissingPage what="page" />
}

/** What had the focus is gone with the old page; the new page's heading takes it, and a screen reader says where it is. */
function useFocusOnNavigation(path: string): void {
  const shown = useRef(path)
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    window.scrollTo(0, 0)
    document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
  }, [path])
}
