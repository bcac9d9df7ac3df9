import { useState } from 'react'
import { useTexts } from '../i18n/language.js'
import { unreadCount } from '../direct/inbox-state.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'
import { AccountDialog } from './account-dialog.js'
import { AccountSettings } from './account-settings.js'
import { Avatar } from './avatar.js'
import { Icon } from './icons.js'
import { Link } from './link.js'

/** Who is signed in, or the way to it; nothing while that is not known, so that nothing flashes. */
export function AccountButton() {
  const texts = useTexts().account
  const { identity } = usePage()
  const { account } = useStore(identity)
  const [open, setOpen] = useState(false)
  const close = (): void => setOpen(false)
  if (account === undefined) return <span className="account-button" aria-hidden="true" />
  if (account === null) {
    return (
      <>
        <button
          type="button"
          className="button is-quiet is-small account-button"
          data-testid="sign-in"
          onClick={() => setOpen(true)}
        >
          {texts.signIn}
        </button>
        {open && <AccountDialog onClose={close} />}
      </>
    )
  }
  return (
    <>
      <button
        type="button"
        className="account-button is-in"
        data-testid="account"
        aria-label={`${texts.manage}: ${account}`}
        onClick={() => setOpen(true)}
      >
        <Avatar name={account} />
        <bdi aria-hidden="true">{account}</bdi>
      </button>
      {open && <AccountSettings name={account} onClose={close} />}
    </>
  )
}

/** The way to one's direct messages, for whoever is signed in. */
export function DirectButton({ onlyUnread = false }: { readonly onlyUnread?: boolean }) {
  const texts = useTexts().direct
  const { identity, inbox } = usePage()
  const { account } = useStore(identity)
  const count = unreadCount(useStore(inbox.state))
  if (typeof account !== 'string' || (onlyUnread && count === 0)) return null
  return (
    <Link
      className="icon-button has-badge"
      data-testid="direct-button"
      href="/direct"
      aria-label={count > 0 ? `${texts.messages}: ${texts.unread(count)}` : texts.messages}
    >
      <Icon name="letter" />
      {count > 0 && (
        <span className="badge" aria-hidden="true">
          {count}
        </span>
      )}
    </Link>
  )
}
