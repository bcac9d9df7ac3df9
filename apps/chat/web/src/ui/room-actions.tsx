import { useState } from 'react'
import type { Room } from '../../../contract/index.js'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { navigate } from '../router.js'
import { useStore } from '../store.js'
import { InviteButton } from './invite-button.js'
import { Modal } from './modal.js'
import { RoomSettingsDialog } from './room-settings.js'
import { ToolButton } from './tool-button.js'
import { useAction } from './use-action.js'

interface RoomActionsProps {
  readonly room: Room | undefined
  readonly tile?: boolean
}

/** What the person who looks at a room can do with it besides talking. */
export function RoomActions({ room, tile = false }: RoomActionsProps) {
  const texts = useTexts().owner
  const { account } = useStore(usePage().identity)
  const [open, setOpen] = useState(false)
  const close = (): void => setOpen(false)
  const owned = room?.owner !== undefined && room.owner === account
  return (
    <>
      {/* The address of a private room lets nobody in. */}
      {room?.private !== true && <InviteButton tile={tile} />}
      {room !== undefined && (owned || room.private === true) && (
        <ToolButton
          icon={owned ? 'door' : 'info'}
          label={owned ? texts.roomSettings : texts.aboutRoom}
          tile={tile}
          testId="room-settings"
          onClick={() => setOpen(true)}
        />
      )}
      {open && room !== undefined && owned && <RoomSettingsDialog room={room} onClose={close} />}
      {open && room !== undefined && !owned && <AboutRoom room={room} onClose={close} />}
    </>
  )
}

function AboutRoom({ room, onClose }: { readonly room: Room; readonly onClose: () => void }) {
  const allTexts = useTexts()
  const texts = allTexts.owner
  const { api } = usePage()
  const action = useAction()
  return (
    <Modal title={room.name} className="is-sheet" onClose={onClose}>
      <p className="form-intro">
        {texts.privateRoom}
        {room.owner !== undefined && <> · {texts.ownedBy(room.owner)}</>}
      </p>
      <div className="described">
        <button
          type="button"
          className="button is-danger"
          onClick={() =>
            void action.run(async () => {
              await api.leaveRoom(room.id)
              onClose()
              navigate('/')
            })
          }
        >
          {texts.leave}
        </button>
        <p className="form-note">{texts.leaveNote}</p>
      </div>
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
    </Modal>
  )
}
