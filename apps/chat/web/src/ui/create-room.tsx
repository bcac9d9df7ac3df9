import { useId, useState } from 'react'
import { BOUNDS, type Room } from '../../../contract/index.js'
import { asRefusal } from '../api.js'
import { explain, useTexts } from '../i18n/language.js'
import { roomNameProblem, tidyName } from '../names.js'
import { usePage } from '../page.js'
import type { Refusal } from '../refusal.js'
import { navigate, roomPath } from '../router.js'
import { useStore } from '../store.js'
import { Link } from './link.js'

export function CreateRoom({ rooms }: { readonly rooms: readonly Room[] }) {
  const texts = useTexts()
  const { api, identity } = usePage()
  const { account } = useStore(identity)
  const id = useId()
  const [name, setName] = useState('')
  const [wantsPrivate, setWantsPrivate] = useState(false)
  const isPrivate = wantsPrivate && typeof account === 'string'
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const taken =
    refusal?.code === 'room-name-taken' ? rooms.find((room) => room.name === tidyName(name)) : undefined

  async function create(): Promise<void> {
    const tidy = tidyName(name)
    const problem = roomNameProblem(tidy)
    if (problem !== undefined) return setRefusal({ code: problem, message: '' })
    setBusy(true)
    try {
      navigate(roomPath((await api.createRoom({ name: tidy, private: isPrivate })).id))
    } catch (error) {
      setRefusal(asRefusal(error))
      setBusy(false)
      document.getElementById(id)?.focus()
    }
  }

  return (
    <form
      className="create-room"
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) void create()
      }}
    >
      <h2 id={`${id}-title`}>{texts.newRoom}</h2>
      <div className="create-room-line">
        <label className="visually-hidden" htmlFor={id}>
          {texts.newRoomName}
        </label>
        <input
          id={id}
          className="field"
          value={name}
          placeholder={texts.newRoomHint}
          maxLength={BOUNDS.roomName * 4}
          autoComplete="off"
          enterKeyHint="go"
          aria-invalid={refusal !== undefined}
          aria-describedby={`${id}-problem`}
          onChange={(event) => {
            setName(event.target.value)
            setRefusal(undefined)
          }}
        />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? texts.creatingRoom : texts.createRoom}
        </button>
      </div>
      {typeof account === 'string' && (
        <label className="check">
          <input
            type="checkbox"
            data-testid="private"
            checked={wantsPrivate}
            onChange={(event) => {
              setWantsPrivate(event.target.checked)
              setRefusal(undefined)
            }}
          />
          <span>{texts.owner.privateRoom}</span>
        </label>
      )}
      <p className="form-problem" id={`${id}-problem`} role="alert">
        {refusal && explain(texts, refusal)}
        {taken && (
          <>
            {' '}
            <Link href={roomPath(taken.id)}>{texts.goToTaken}</Link>
          </>
        )}
      </p>
    </form>
  )
}
