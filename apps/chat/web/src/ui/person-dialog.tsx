import { useState } from 'react'
import { explain, useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { directPath, navigate } from '../router.js'
import { useStore } from '../store.js'
import { Modal } from './modal.js'
import { useAction } from './use-action.js'

interface PersonDialogProps {
  readonly name: string
  /** Whether the name belongs to an account. */
  readonly registered: boolean
  /** The room that they are in, and whether it is ours to put them out of. */
  readonly room?: { readonly id: string; readonly owned: boolean } | undefined
  readonly onClose: () => void
}

/** What can be done with somebody who is in the room. */
export function PersonDialog({ name, registered, room, onClose }: PersonDialogProps) {
  const allTexts = useTexts()
  const { owner, direct } = allTexts
  const { api, identity } = usePage()
  const { account } = useStore(identity)
  const action = useAction()
  const [sure, setSure] = useState(false)
  const act = (how: () => Promise<unknown>): void =>
    void action.run(async () => {
      await how()
      onClose()
    })
  const remove = (lasting: boolean): void => act(() => api.removePerson(room?.id ?? '', name, { lasting }))
  return (
    <Modal title={direct.person(name)} className="is-sheet" onClose={onClose}>
      <div className="actions">
        {registered && typeof account === 'string' && (
          <button
            type="button"
            className="button"
            data-testid="write-to"
            onClick={() => {
              onClose()
              navigate(directPath(name))
            }}
          >
            {direct.sendMessage}
          </button>
        )}
        {!registered && <p className="form-note">{direct.guestNote}</p>}
        {room?.owned === true && (
          <>
            <Described note={owner.kickNote}>
              <button
                type="button"
                className="button is-quiet"
                data-testid="kick"
                onClick={() => remove(false)}
              >
                {owner.kick}
              </button>
            </Described>
            <Described note={owner.banNote}>
              <button
                type="button"
                className="button is-danger"
                data-testid="ban"
                onClick={() => remove(true)}
              >
                {owner.ban}
              </button>
            </Described>
          </>
        )}
        {registered && typeof account === 'string' && (
          <Described note={direct.blockNote(name)}>
            <button
              type="button"
              className="button is-quiet"
              data-testid="block"
              onClick={() => (sure ? act(() => api.block(name)) : setSure(true))}
            >
              {sure ? direct.blockTitle(name) : direct.block}
            </button>
          </Described>
        )}
      </div>
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
    </Modal>
  )
}

function Described({ note, children }: { readonly note: string; readonly children: React.ReactNode }) {
  return (
    <div className="described">
      {children}
      <p className="form-note">{note}</p>
    </div>
  )
}
