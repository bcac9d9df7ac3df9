import { useEffect, useState } from 'react'
import { BOUNDS, type Room, type RoomBan, type RoomSettings } from '../../../contract/index.js'
import { asRefusal } from '../api.js'
import { explain, useLanguage, useTexts } from '../i18n/language.js'
import { clock } from '../i18n/times.js'
import { roomNameProblem, tidyName } from '../names.js'
import { usePage } from '../page.js'
import type { Refusal } from '../refusal.js'
import { invitationPath, navigate } from '../router.js'
import { FormField } from './form-field.js'
import { CopyButton } from './invite-button.js'
import { Modal } from './modal.js'
import { useAction } from './use-action.js'

interface RoomSettingsProps {
  readonly room: Room
  readonly onClose: () => void
}

/** What the owner of a room decides: its name, who comes in, and whether it is there at all. */
export function RoomSettingsDialog({ room, onClose }: RoomSettingsProps) {
  const texts = useTexts()
  const { api } = usePage()
  const [settings, setSettings] = useState<RoomSettings>()
  const [problem, setProblem] = useState<Refusal>()
  useEffect(() => {
    let shown = true
    api.roomSettings(room.id).then(
      (read) => shown && setSettings(read),
      (error: unknown) => shown && setProblem(asRefusal(error)),
    )
    return () => {
      shown = false
    }
  }, [api, room.id])
  return (
    <Modal title={texts.owner.roomSettings} className="is-sheet" onClose={onClose}>
      <Rename room={room} />
      {settings?.invitation !== undefined && (
        <Invitations
          room={room}
          settings={settings}
          invitation={settings.invitation}
          onSettings={setSettings}
        />
      )}
      {settings !== undefined && <Bans room={room} bans={settings.bans} onSettings={setSettings} />}
      <p className="form-problem" role="alert">
        {problem && explain(texts, problem)}
      </p>
      <Delete room={room} onClose={onClose} />
    </Modal>
  )
}

interface PartProps {
  readonly room: Room
  readonly onSettings: (settings: RoomSettings) => void
}

function Rename({ room }: { readonly room: Room }) {
  const texts = useTexts()
  const { api } = usePage()
  const [name, setName] = useState(room.name)
  const [saved, setSaved] = useState(false)
  const action = useAction()
  return (
    <form
      className="form settings-part"
      onSubmit={(event) => {
        event.preventDefault()
        const problem = roomNameProblem(tidyName(name))
        if (problem !== undefined) return action.refuse(problem)
        void action.run(async () => {
          await api.renameRoom(room.id, tidyName(name))
          setSaved(true)
        })
      }}
    >
      <div className="field-and-button">
        <FormField
          label={texts.owner.rename}
          value={name}
          autoComplete="off"
          maxLength={BOUNDS.roomName * 4}
          onText={(text) => {
            setName(text)
            setSaved(false)
            action.clear()
          }}
        />
        <button type="submit" className="button" aria-disabled={action.busy || tidyName(name) === room.name}>
          {texts.owner.save}
        </button>
      </div>
      <Said refusal={action.refusal} done={saved ? texts.owner.saved : undefined} />
    </form>
  )
}

interface InvitationsProps extends PartProps {
  readonly settings: RoomSettings
  readonly invitation: string
}

function Invitations({ room, settings, invitation, onSettings }: InvitationsProps) {
  const texts = useTexts().owner
  const { api } = usePage()
  const [name, setName] = useState('')
  const action = useAction()
  const link = new URL(invitationPath(invitation), location.href).href
  return (
    <>
      <section className="settings-part" aria-label={texts.invitation}>
        <h3>{texts.invitation}</h3>
        <p className="form-note">{texts.invitationNote}</p>
        <div className="button-line">
          <CopyButton text={link} label={texts.copyInvitation} />
          <button
            type="button"
            className="button is-quiet is-small"
            title={texts.renewInvitationNote}
            onClick={() => void action.run(async () => onSettings(await api.renewInvitation(room.id)))}
          >
            {texts.renewInvitation}
          </button>
        </div>
      </section>
      <section className="settings-part" aria-label={texts.people}>
        <h3>
          {texts.people} <span className="count">{settings.people.length}</span>
        </h3>
        <ul className="people-list" data-testid="people">
          {settings.people.map((person) => (
            <li key={person}>
              <bdi>{person}</bdi>
              {person === room.owner ? (
                <span className="quiet">{texts.owner}</span>
              ) : (
                <button
                  type="button"
                  className="text-button"
                  aria-label={texts.removeFor(person)}
                  onClick={() =>
                    void action.run(async () =>
                      onSettings(await api.removePerson(room.id, person, { lasting: false })),
                    )
                  }
                >
                  {texts.remove}
                </button>
              )}
            </li>
          ))}
        </ul>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault()
            if (tidyName(name) === '') return
            void action.run(async () => {
              onSettings(await api.invite(room.id, tidyName(name)))
              setName('')
            })
          }}
        >
          <div className="field-and-button">
            <FormField
              label={texts.invite}
              value={name}
              placeholder={texts.inviteHint}
              autoComplete="off"
              onText={(text) => {
                setName(text)
                action.clear()
              }}
            />
            <button type="submit" className="button" aria-disabled={action.busy}>
              {texts.inviteAction}
            </button>
          </div>
          <Said refusal={action.refusal} />
        </form>
      </section>
    </>
  )
}

function Bans({ room, bans, onSettings }: PartProps & { readonly bans: readonly RoomBan[] }) {
  const texts = useTexts().owner
  const language = useLanguage()
  const { api } = usePage()
  const action = useAction()
  return (
    <section className="settings-part" aria-label={texts.bans}>
      <h3>{texts.bans}</h3>
      {bans.length === 0 && <p className="form-note">{texts.noBans}</p>}
      <ul className="people-list" data-testid="bans">
        {bans.map(({ name, endsAt }) => (
          <li key={name}>
            <bdi>{name}</bdi>
            <span className="quiet">
              {endsAt === undefined ? texts.banLasts : texts.banEnds(clock(language, endsAt))}
            </span>
            <button
              type="button"
              className="text-button"
              aria-label={texts.liftFor(name)}
              onClick={() => void action.run(async () => onSettings(await api.liftBan(room.id, name)))}
            >
              {texts.lift}
            </button>
          </li>
        ))}
      </ul>
      <Said refusal={action.refusal} />
    </section>
  )
}

function Delete({ room, onClose }: RoomSettingsProps) {
  const texts = useTexts().owner
  const { api } = usePage()
  const [sure, setSure] = useState(false)
  const action = useAction()
  return (
    <section className="settings-part" aria-label={texts.delete}>
      <p className="form-note">{texts.deleteNote}</p>
      <button
        type="button"
        className="button is-danger"
        data-testid="delete-room"
        onClick={() => {
          if (!sure) return setSure(true)
          void action.run(async () => {
            await api.deleteRoom(room.id)
            onClose()
            navigate('/')
          })
        }}
      >
        {sure ? texts.deleteSure : texts.delete}
      </button>
      <Said refusal={action.refusal} />
    </section>
  )
}

interface SaidProps {
  readonly refusal: Refusal | undefined
  readonly done?: string | undefined
}

/** What became of it. */
function Said({ refusal, done }: SaidProps) {
  const texts = useTexts()
  return (
    <>
      {refusal !== undefined && (
        <p className="form-problem" role="alert">
          {explain(texts, refusal)}
        </p>
      )}
      <output className="form-note">{done}</output>
    </>
  )
}
