import { useEffect, useState } from 'react'
import { useTexts } from '../i18n/language.js'
import type { RoomState } from '../room/room-state.js'
import { ConnectionStatus } from './connection-status.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { Members } from './members.js'
import { Modal } from './modal.js'
import { SettingsButton } from './settings.js'

export function RoomHeader({ state, wide }: { readonly state: RoomState; readonly wide: boolean }) {
  const texts = useTexts()
  const name = state.room?.name
  return (
    <header className="room-header">
      <Link className="icon-button" href="/" aria-label={texts.allRooms}>
        <Icon name="back" />
      </Link>
      <div className="room-title">
        <h1 tabIndex={-1}>
          {name === undefined ? <span className="quiet">{texts.loadingRoom}</span> : <bdi>{name}</bdi>}
        </h1>
        <ConnectionStatus />
      </div>
      <InviteButton wide={wide} />
      {!wide && <MembersButton state={state} />}
      <SettingsButton />
    </header>
  )
}

function InviteButton({ wide }: { readonly wide: boolean }) {
  const texts = useTexts()
  const [said, setSaid] = useState<'copied' | 'copyFailed'>()
  useEffect(() => {
    if (said === undefined) return
    const timer = setTimeout(() => setSaid(undefined), 2_500)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <span className="invite">
      <button
        type="button"
        className={wide ? 'button is-quiet is-small' : 'icon-button'}
        aria-label={texts.inviteLong}
        onClick={() => void copy(location.href).then((done) => setSaid(done ? 'copied' : 'copyFailed'))}
      >
        <Icon name="link" size={wide ? 18 : 20} />
        {wide && <span>{texts.invite}</span>}
      </button>
      <output>{said && <span className="toast">{texts[said]}</span>}</output>
    </span>
  )
}

/** Over plain http there is no `navigator.clipboard`; a selection can be copied still. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    const focused = document.activeElement
    field.value = text
    field.className = 'visually-hidden'
    document.body.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return done
  }
}

function MembersButton({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const [open, setOpen] = useState(false)
  const count = state.members.names.length
  return (
    <>
      <button
        type="button"
        className="icon-button has-count"
        aria-haspopup="dialog"
        aria-label={`${texts.whoIsHere}: ${texts.people(count)}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="people" />
        <span className="count">{count}</span>
      </button>
      {open && (
        <Modal title={texts.whoIsHere} className="is-sheet" onClose={() => setOpen(false)}>
          <Members state={state} titled={false} />
        </Modal>
      )}
    </>
  )
}
