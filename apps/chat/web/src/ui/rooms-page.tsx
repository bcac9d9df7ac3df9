import { useDeferredValue, useId, useState } from 'react'
import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'
import { CreateRoom } from './create-room.js'
import { Icon } from './icons.js'
import { PageHeader } from './page-header.js'
import { RoomList } from './room-list.js'
import { useTitle } from './use-title.js'

export function RoomsPage() {
  const texts = useTexts()
  const state = useStore(usePage().rooms.state)
  const [query, setQuery] = useState('')
  const shownQuery = useDeferredValue(query.trim())
  useTitle(texts.rooms)
  return (
    <div className="plain-page">
      <PageHeader />
      <main className="rooms-page">
        <div className="rooms-intro">
          <h1 tabIndex={-1}>{texts.roomsTitle}</h1>
          <p>{texts.roomsIntro}</p>
        </div>
        <CreateRoom rooms={state.rooms} />
        <section className="rooms" aria-label={texts.rooms}>
          <Search query={query} onQuery={setQuery} />
          <RoomList state={state} query={shownQuery} />
        </section>
      </main>
    </div>
  )
}

function Search({ query, onQuery }: { readonly query: string; readonly onQuery: (query: string) => void }) {
  const texts = useTexts()
  const id = useId()
  return (
    <search className="search">
      <label className="visually-hidden" htmlFor={id}>
        {texts.findRoom}
      </label>
      <Icon name="search" />
      <input
        id={id}
        type="search"
        className="field"
        value={query}
        placeholder={texts.findRoom}
        autoComplete="off"
        onChange={(event) => onQuery(event.target.value)}
      />
    </search>
  )
}
