import { useId, useMemo, useState } from 'react'
import { useLanguage, useTexts } from '../i18n/language.js'
import type { RoomState } from '../room/room-state.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'
import { Avatar } from './avatar.js'
import { Icon } from './icons.js'
import { PersonDialog } from './person-dialog.js'

export function Members({ state }: { readonly state: RoomState }) {
  const texts = useTexts()
  const language = useLanguage()
  const id = useId()
  const { members, name: own } = state
  const names = useMemo(() => {
    const others = members.names.filter((name) => name !== own).toSorted(new Intl.Collator(language).compare)
    return own !== undefined && members.names.includes(own) ? [own, ...others] : others
  }, [members.names, own, language])
  return (
    <section className="members" aria-labelledby={id}>
      <h2 id={id}>
        {texts.whoIsHere} <span className="count">{names.length}</span>
      </h2>
      <ul data-testid="members">
        {names.map((name) => (
          <Member
            key={name}
            name={name}
            own={name === own}
            registered={members.registered.has(name)}
            state={state}
          />
        ))}
      </ul>
    </section>
  )
}

interface MemberProps {
  readonly name: string
  readonly own: boolean
  readonly registered: boolean
  readonly state: RoomState
}

/** Somebody in the room. Where something can be done with them, the name is a button. */
function Member({ name, own, registered, state }: MemberProps) {
  const texts = useTexts()
  const { account } = useStore(usePage().identity)
  const [open, setOpen] = useState(false)
  const { room } = state
  const owned = room?.owner !== undefined && room.owner === account
  const canAct = !own && (owned || (registered && typeof account === 'string'))
  const about = (
    <>
      <Avatar name={name} />
      <span className="member-text">
        <span className="member-name">
          <bdi>{name}</bdi>
          {registered && (
            <span className="registered" title={texts.account.badge}>
              <Icon name="check" size={13} />
              <span className="visually-hidden">{texts.account.badge}</span>
            </span>
          )}
        </span>
        {room?.owner === name && <span className="tag">{texts.owner.owner}</span>}
        {own && <span className="you">{texts.you}</span>}
      </span>
    </>
  )
  return (
    <li>
      {canAct ? (
        <button type="button" className="member" aria-haspopup="dialog" onClick={() => setOpen(true)}>
          {about}
          <Icon name="more" size={18} />
        </button>
      ) : (
        <span className="member">{about}</span>
      )}
      {open && (
        <PersonDialog
          name={name}
          registered={registered}
          room={room === undefined ? undefined : { id: room.id, owned }}
          onClose={() => setOpen(false)}
        />
      )}
    </li>
  )
}
