import { useEffect, useState } from 'react'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'
import { transmitIn } from '../room/transmit.js'
import { navigate, useSought } from '../router.js'
import { useStore } from '../store.js'
import { AccountDialog } from './account-dialog.js'
import { Composer } from './composer.js'
import { Link } from './link.js'
import { Members } from './members.js'
import { MissingPage } from './missing.js'
import { Modal } from './modal.js'
import { NameForm } from './name-form.js'
import { RenameDialog } from './rename-dialog.js'
import { RoomHeader } from './room-header.js'
import { RoomLog } from './room-log.js'
import { useTitle } from './use-title.js'
import { useWide } from './use-wide.js'

export function RoomPage({ roomId }: { readonly roomId: string }) {
  const texts = useTexts()
  const session = useRoomSession(roomId)
  const state = useStore(session.state)
  const wide = useWide()
  useMarkRead(session, state)
  useSeek(session, state)
  useTitle(state.found === 'no' ? texts.missingTitle : (state.room?.name ?? texts.loadingRoom))
  if (state.found === 'no') return <MissingPage what="room" />
  return (
    <div className="room-page">
      <RoomHeader state={state} wide={wide} />
      <main className="room-main">
        <RoomLog session={session} state={state} />
        <div className="room-foot">
          <EntryProblem session={session} state={state} />
          <Composer draftKey={roomId} ready={state.entry === 'in'} onSend={(text) => session.send(text)} />
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
  const [session] = useState(() => {
    const outbox = page.outbox(roomId, transmitIn(roomId, page))
    return new RoomSession(roomId, outbox, page)
  })
  useEffect(() => {
    session.open()
    return () => session.close()
  }, [session])
  return session
}

/** What is on a page that somebody looks at is read. */
function useMarkRead(session: RoomSession, { last, past }: RoomState): void {
  const seen = past === undefined ? last : undefined
  useEffect(() => {
    const mark = (): void => {
      if (document.visibilityState === 'visible') session.markRead()
    }
    if (seen !== undefined) mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [session, seen])
}

/** Shows the message that the page's address names, once the end of the log is there. */
function useSeek({ pages }: RoomSession, { last, replayUntil }: RoomState): void {
  const sought = useSought()
  const ready = last !== undefined && last.offset >= replayUntil
  useEffect(() => {
    // Where it cannot be read now, the room is open all the same.
    if (ready && sought !== undefined) pages.seek(sought.offset).catch(() => {})
  }, [pages, ready, sought])
}

/** Asks once who is coming in. */
function AskName({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const page = usePage()
  const { chosen, account } = useStore(page.identity)
  const [signingIn, setSigningIn] = useState(false)
  if (account !== null || chosen !== null || state.found !== 'yes') return null
  if (signingIn) return <AccountDialog onClose={() => setSigningIn(false)} />
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
      <p className="form-other">
        {texts.account.haveAccount}{' '}
        <button type="button" className="text-button" onClick={() => setSigningIn(true)}>
          {texts.account.signIn}
        </button>
      </p>
    </Modal>
  )
}

interface EntryProblemProps {
  readonly session: RoomSession
  readonly state: RoomState
}

/** Why the room did not let us in, or not any more, and what can be done. */
function EntryProblem({ session, state }: EntryProblemProps) {
  const texts = useTexts()
  const [dialog, setDialog] = useState<'name' | 'account'>()
  const { account } = useStore(usePage().identity)
  if (state.entryRefusal === undefined) return null
  const problem = explain(texts, state.entryRefusal)
  const { code } = state.entryRefusal
  const putOut = code === 'kicked' || code === 'banned' || code === 'put-out'
  const close = (): void => setDialog(undefined)
  return (
    <div className="entry-problem" role="alert" data-testid="entry-problem">
      <p>
        <strong>{texts.entryRefused}</strong> {problem}
      </p>
      <span className="button-line">
        {code === 'kicked' && (
          <button type="button" className="button is-small" onClick={() => session.enter()}>
            {texts.owner.tryAgain}
          </button>
        )}
        {putOut && (
          <Link className="button is-quiet is-small" href="/">
            {texts.owner.backToRooms}
          </Link>
        )}
        {code === 'name-registered' && (
          <button type="button" className="button is-small" onClick={() => setDialog('account')}>
            {texts.account.signIn}
          </button>
        )}
        {!putOut && account === null && (
          <button type="button" className="button is-quiet is-small" onClick={() => setDialog('name')}>
            {texts.changeName}
          </button>
        )}
      </span>
      {dialog === 'name' && <RenameDialog problem={problem} onClose={close} />}
      {dialog === 'account' && <AccountDialog onClose={close} />}
    </div>
  )
}
