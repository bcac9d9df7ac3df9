import { useEffect, useState } from 'react'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'
import { navigate } from '../router.js'
import { useStore } from '../store.js'
import { Composer } from './composer.js'
import { Members } from './members.js'
import { MessageLog } from './message-log.js'
import { MissingPage } from './missing.js'
import { Modal } from './modal.js'
import { NameForm } from './name-form.js'
import { RenameDialog } from './rename-dialog.js'
import { RoomHeader } from './room-header.js'
import { useUnread } from './use-unread.js'
import { useWide } from './use-wide.js'

export function RoomPage({ roomId }: { readonly roomId: string }) {
  const texts = useTexts()
  const session = useRoomSession(roomId)
  const state = useStore(session.state)
  const wide = useWide()
  const unread = useUnread(state.heard)
  const name = state.room?.name
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${name ?? texts.loadingRoom} · Stomping Ground`
  }, [unread, name, texts])
  if (state.found === 'no') return <MissingPage what="room" />
  return (
    <div className="room-page">
      <RoomHeader state={state} wide={wide} />
      <main className="room-main">
        <MessageLog session={session} state={state} />
        <div className="room-foot">
          <EntryProblem state={state} />
          <Composer session={session} state={state} />
        </div>
      </main>
      {wide && (
        <aside className="room-aside">
          <Members state={state} />
        </aside>
      )}
      <AskName state={state} />
    </div>
  )
}

function useRoomSession(roomId: string): RoomSession {
  const page = usePage()
  const [session] = useState(() => new RoomSession(roomId, page, page.unsent.get(roomId)))
  useEffect(() => {
    session.open()
    return () => {
      page.unsent.set(roomId, session.close())
    }
  }, [session, page, roomId])
  return session
}

/** Asks once who is coming in. */
function AskName({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const page = usePage()
  const { chosen } = useStore(page.identity)
  if (chosen !== null || state.found !== 'yes') return null
  return (
    <Modal title={texts.nameTitle} onClose={undefined}>
      <NameForm
        initially=""
        note={texts.nameIntro}
        submit={texts.nameEnter}
        cancel={texts.nameBack}
        onName={(name) => page.setName(name)}
        onCancel={() => navigate('/')}
      />
    </Modal>
  )
}

/** Why the room did not let us in, and what can be done. */
function EntryProblem({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const [renaming, setRenaming] = useState(false)
  if (state.entryRefusal === undefined) return null
  const problem = explain(texts, state.entryRefusal)
  return (
    <div className="entry-problem" role="alert">
      <p>
        <strong>{texts.entryRefused}</strong> {problem}
      </p>
      <button type="button" className="button is-small" onClick={() => setRenaming(true)}>
        {texts.changeName}
      </button>
      {renaming && <RenameDialog problem={problem} onClose={() => setRenaming(false)} />}
    </div>
  )
}
