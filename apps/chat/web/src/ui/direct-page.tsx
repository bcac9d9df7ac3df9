import { useEffect, useState } from 'react'
import type { DirectState } from '../direct/direct-state.js'
import { DirectSession, transmitTo } from '../direct/direct-session.js'
import type { Texts } from '../i18n/en.js'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import type { Outbox } from '../outbox.js'
import { useStore } from '../store.js'
import { Avatar } from './avatar.js'
import { Composer } from './composer.js'
import { ConnectionStatus } from './connection-status.js'
import { NeedsAccount } from './conversations-page.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { MessageLog } from './message-log.js'
import { Modal } from './modal.js'
import { PageHeader } from './page-header.js'
import { SettingsButton } from './settings.js'
import { useAction } from './use-action.js'
import { useTitle } from './use-title.js'

/** What is written between two people. */
export function DirectPage({ name }: { readonly name: string }) {
  const { account } = useStore(usePage().identity)
  if (account === null) {
    return (
      <div className="plain-page">
        <PageHeader />
        <NeedsAccount />
      </div>
    )
  }
  // Another person signed in: another conversation.
  return <Conversation key={account ?? ''} name={name} />
}

function Conversation({ name }: { readonly name: string }) {
  const texts = useTexts().direct
  const session = useDirectSession(name)
  const state = useStore(session.state)
  useTitle(state.found === 'no' ? missingTitle(texts, state) : state.with)
  useMarkRead(session, state)
  if (state.found === 'no') return <NoConversation state={state} />
  return (
    <div className="room-page is-direct">
      <DirectHeader session={session} state={state} />
      <main className="room-main">
        <MessageLog
          outbox={session.outbox}
          blocks={state.blocks}
          heard={state.heard}
          older={state.more && <Older session={session} />}
          beginning={<Beginning state={state} outbox={session.outbox} />}
        />
        <div className="room-foot">
          {state.blocked ? (
            <p className="entry-problem" data-testid="blocked">
              {texts.isBlocked(state.with)}
            </p>
          ) : (
            <Composer
              draftKey={`direct ${name}`}
              ready={state.found === 'yes'}
              label={texts.write}
              onSend={(text) => session.send(text)}
            />
          )}
        </div>
      </main>
    </div>
  )
}

function useDirectSession(name: string): DirectSession {
  const page = usePage()
  const [session] = useState(() => {
    const outbox = page.outbox(`direct ${name}`, transmitTo(name, page.client))
    return new DirectSession(name, outbox, page)
  })
  useEffect(() => {
    session.open()
    return () => session.close()
  }, [session])
  return session
}

/** What is on a page that somebody looks at is read. */
function useMarkRead(session: DirectSession, state: DirectState): void {
  const seq = state.messages.at(-1)?.seq
  useEffect(() => {
    const mark = (): void => {
      if (document.visibilityState === 'visible') session.markRead()
    }
    if (seq !== undefined) mark()
    document.addEventListener('visibilitychange', mark)
    return () => document.removeEventListener('visibilitychange', mark)
  }, [session, seq])
}

interface PartProps {
  readonly session: DirectSession
  readonly state: DirectState
}

function DirectHeader({ session, state }: PartProps) {
  const texts = useTexts().direct
  return (
    <header className="room-header">
      <Link className="icon-button" href="/direct" aria-label={texts.back}>
        <Icon name="back" />
      </Link>
      <span className="header-avatar">
        <Avatar name={state.with} />
      </span>
      <div className="room-title">
        <h1 tabIndex={-1}>
          <bdi>{state.with}</bdi>
        </h1>
        <ConnectionStatus />
      </div>
      {state.found === 'yes' && <BlockButton session={session} state={state} />}
      <SettingsButton />
    </header>
  )
}

function BlockButton({ session, state }: PartProps) {
  const allTexts = useTexts()
  const texts = allTexts.direct
  const [asking, setAsking] = useState(false)
  const action = useAction()
  const change = (blocked: boolean): void =>
    void action.run(async () => {
      await session.setBlocked(blocked)
      setAsking(false)
    })
  return (
    <>
      <button
        type="button"
        className="button is-quiet is-small"
        data-testid="block"
        aria-pressed={state.blocked}
        onClick={() => (state.blocked ? change(false) : setAsking(true))}
      >
        {state.blocked ? texts.unblock : texts.block}
      </button>
      {asking && (
        <Modal title={texts.blockTitle(state.with)} onClose={() => setAsking(false)}>
          <p className="form-intro">{texts.blockNote(state.with)}</p>
          <p className="form-problem" role="alert">
            {action.refusal && explain(allTexts, action.refusal)}
          </p>
          <div className="form-actions">
            <button type="button" className="button is-quiet" onClick={() => setAsking(false)}>
              {allTexts.cancel}
            </button>
            <button
              type="button"
              className="button is-danger"
              data-testid="block-sure"
              onClick={() => change(true)}
            >
              {texts.block}
            </button>
          </div>
        </Modal>
      )}
    </>
  )
}

function Older({ session }: { readonly session: DirectSession }) {
  const allTexts = useTexts()
  const action = useAction()
  return (
    <p className="older">
      <button
        type="button"
        className="button is-quiet is-small"
        aria-disabled={action.busy}
        onClick={() => void action.run(() => session.readOlder())}
      >
        {action.busy ? allTexts.direct.readingOlder : allTexts.direct.older}
      </button>
      <span role="alert">{action.refusal && explain(allTexts, action.refusal)}</span>
    </p>
  )
}

function Beginning({ state, outbox }: { readonly state: DirectState; readonly outbox: Outbox }) {
  const texts = useTexts().direct
  const outgoing = useStore(outbox.state)
  if (state.blocked || outgoing.length > 0 || state.messages.length > 0) return null
  if (state.found === 'unreachable') return <p className="beginning">{texts.unreachable}</p>
  if (state.found !== 'yes') return <p className="beginning">{texts.opening}</p>
  return (
    <div className="beginning empty">
      <p className="empty-title">{texts.emptyTitle(state.with)}</p>
      <p>{texts.emptyHelp}</p>
    </div>
  )
}

function NoConversation({ state }: { readonly state: DirectState }) {
  const texts = useTexts().direct
  const yourself = isYourself(state)
  return (
    <div className="plain-page">
      <PageHeader />
      <main className="missing">
        <h1 tabIndex={-1}>{missingTitle(texts, state)}</h1>
        <p>{yourself ? texts.yourselfHelp : texts.missingHelp}</p>
        <Link className="button" href="/direct">
          {texts.back}
        </Link>
      </main>
    </div>
  )
}

function isYourself({ refusal }: DirectState): boolean {
  return refusal?.code === 'person-yourself'
}

function missingTitle(texts: Texts['direct'], state: DirectState): string {
  return isYourself(state) ? texts.yourself : texts.missing
}
