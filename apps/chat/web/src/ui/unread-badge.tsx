import { useTexts } from '../i18n/language.js'

/** More than this is many. */
const COUNTED = 999

/** A number of messages, for eyes alone. */
export function Badge({ count }: { readonly count: number }) {
  return (
    <span className="badge" aria-hidden="true">
      {count > COUNTED ? `${COUNTED}+` : count}
    </span>
  )
}

/** How many messages are unread; nothing where none are. */
export function UnreadBadge({ count }: { readonly count: number }) {
  const texts = useTexts().talk
  if (count === 0) return null
  return (
    <span className="unread" data-testid="unread">
      <Badge count={count} />
      <span className="visually-hidden">{texts.unread(count)}</span>
    </span>
  )
}
