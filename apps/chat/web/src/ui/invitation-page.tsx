import { useEffect, useState } from 'react'
import { asRefusal } from '../api.js'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import type { Refusal } from '../refusal.js'
import { navigate, roomPath } from '../router.js'
import { useStore } from '../store.js'
import { AccountDialog } from './account-dialog.js'
import { Link } from './link.js'
import { PageHeader } from './page-header.js'
import { useAction } from './use-action.js'
import { useTitle } from './use-title.js'

/** Whoever has an invitation comes into the room by it, after signing in. */
export function InvitationPage({ invitation }: { readonly invitation: string }) {
  const texts = useTexts()
  const { api } = usePage()
  const [roomName, setRoomName] = useState<string>()
  const [refusal, setRefusal] = useState<Refusal>()
  useEffect(() => {
    let shown = true
    api.invitation(invitation).then(
      (read) => shown && setRoomName(read.roomName),
      (error: unknown) => shown && setRefusal(asRefusal(error)),
    )
    return () => {
      shown = false
    }
  }, [api, invitation])
  const gone = refusal?.code === 'invitation-unknown'
  const title = gone
    ? texts.owner.invitationGone
    : roomName === undefined
      ? texts.owner.readingInvitation
      : texts.owner.invitedTitle(roomName)
  useTitle(title)
  return (
    <div className="plain-page">
      <PageHeader />
      <main className="missing">
        <h1 tabIndex={-1}>{title}</h1>
        {gone && <p>{texts.owner.invitationGoneHelp}</p>}
        {refusal !== undefined && !gone && <p role="alert">{explain(texts, refusal)}</p>}
        {roomName === undefined ? (
          <Link className="button is-quiet" href="/">
            {texts.allRooms}
          </Link>
        ) : (
          <Accept invitation={invitation} />
        )}
      </main>
    </div>
  )
}

function Accept({ invitation }: { readonly invitation: string }) {
  const texts = useTexts()
  const { api, identity } = usePage()
  const { account } = useStore(identity)
  const [dialog, setDialog] = useState<'signIn' | 'signUp'>()
  const action = useAction()
  return (
    <>
      <p>{texts.owner.invitedNote}</p>
      {account === null ? (
        <div className="button-line">
          <button type="button" className="button" onClick={() => setDialog('signIn')}>
            {texts.account.signIn}
          </button>
          <button type="button" className="button is-quiet" onClick={() => setDialog('signUp')}>
            {texts.account.signUp}
          </button>
        </div>
      ) : (
        <button
          type="button"
          className="button"
          data-testid="accept"
          aria-disabled={action.busy || account === undefined}
          onClick={() =>
            void action.run(async () => navigate(roomPath((await api.acceptInvitation(invitation)).id)))
          }
        >
          {texts.owner.acceptInvitation}
        </button>
      )}
      <p className="form-problem" role="alert">
        {action.refusal && explain(texts, action.refusal)}
      </p>
      {dialog !== undefined && <AccountDialog first={dialog} onClose={() => setDialog(undefined)} />}
    </>
  )
}
