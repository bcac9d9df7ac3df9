import { useState } from 'react'
import { useTexts } from '../i18n/language.js'
import type { RoomState } from '../room/room-state.js'
import { DirectButton } from './account-button.js'
import { ConnectionStatus } from './connection-status.js'
import { Icon } from './icons.js'
import { Link } from './link.js'
import { Members } from './members.js'
import { Modal } from './modal.js'
import { RoomActions } from './room-actions.js'
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
          {state.room?.private === true && (
            <span className="lock" title={texts.owner.private}>
              <Icon name="lock" size={15} />
              <span className="visually-hidden">{texts.owner.private}</span>
            </span>
          )}
        </h1>
        <ConnectionStatus />
      </div>
      <DirectButton onlyUnread={!wide} />
      <RoomActions room={state.room} wide={wide} />
      {!wide && <MembersButton state={state} />}
      <SettingsButton />
    </header>
  )
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
        <Modal
          title={`${texts.whoIsHere} · ${texts.people(count)}`}
          className="is-sheet"
          onClose={() => setOpen(false)}
        >
          <Members state={state} titled={false} />
        </Modal>
      )}
    </>
  )
}
