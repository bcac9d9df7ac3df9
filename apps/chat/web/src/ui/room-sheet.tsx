import { useState } from 'react'
import { useTexts } from '../i18n/language.js'
import type { RoomState } from '../room/room-state.js'
import { Icon } from './icons.js'
import { Members } from './members.js'
import { Modal } from './modal.js'
import { RoomActions } from './room-actions.js'
import { SettingsButton } from './settings.js'

/** Where the header has room for little but the name: who is here, and what can be done, behind one button. */
export function RoomSheetButton({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const [open, setOpen] = useState(false)
  const count = state.members.names.length
  return (
    <>
      <button
        type="button"
        className="icon-button has-count"
        data-testid="room-sheet"
        aria-haspopup="dialog"
        aria-label={`${texts.roomSheet}: ${texts.people(count)}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="people" />
        <span className="count">{count}</span>
      </button>
      {open && (
        <Modal
          title={state.room?.name ?? texts.loadingRoom}
          className="is-sheet"
          onClose={() => setOpen(false)}
        >
          <div className="tiles">
            <RoomActions room={state.room} tile />
            <SettingsButton tile />
          </div>
          <Members state={state} />
        </Modal>
      )}
    </>
  )
}
