import { useId, useMemo } from 'react'
import { useLanguage, useTexts } from '../i18n/language.js'
import type { RoomState } from '../room/room-state.js'
import { Avatar } from './avatar.js'

interface MembersProps {
  readonly state: RoomState
  readonly titled?: boolean
}

export function Members({ state, titled = true }: MembersProps) {
  const texts = useTexts()
  const language = useLanguage()
  const id = useId()
  const { members, name: own } = state
  const names = useMemo(() => {
    const others = members.names.filter((name) => name !== own).toSorted(new Intl.Collator(language).compare)
    return own !== undefined && members.names.includes(own) ? [own, ...others] : others
  }, [members.names, own, language])
  return (
    <section className="members" aria-labelledby={titled ? id : undefined} aria-label={texts.whoIsHere}>
      {titled && (
        <h2 id={id}>
          {texts.whoIsHere} <span className="count">{names.length}</span>
        </h2>
      )}
      <ul data-testid="members">
        {names.map((name) => (
          <li key={name}>
            <Avatar name={name} />
            <bdi>{name}</bdi>
            {name === own && <span className="you">{texts.you}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
