import { useEffect, useState } from 'react'
import { useTexts } from '../i18n/language.js'
import { Icon } from './icons.js'

/** Copies the address of the room, for inviting people. */
export function InviteButton({ tile = false }: { readonly tile?: boolean }) {
  const texts = useTexts()
  return (
    <CopyButton
      text={location.origin + location.pathname}
      label={texts.invite}
      longLabel={texts.inviteLong}
      tile={tile}
    />
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly longLabel?: string
  readonly tile?: boolean
}

/** Copies a link, and says so. */
export function CopyButton({ text, label, longLabel = label, tile = false }: CopyButtonProps) {
  const texts = useTexts()
  const [said, setSaid] = useState<'copied' | 'copyFailed'>()
  useEffect(() => {
    if (said === undefined) return undefined
    const timer = setTimeout(() => setSaid(undefined), 2_500)
    return () => clearTimeout(timer)
  }, [said])
  return (
    <span className="invite">
      <button
        type="button"
        className={tile ? 'tile' : 'button is-quiet is-small'}
        aria-label={longLabel}
        onClick={() => void copy(text).then((done) => setSaid(done ? 'copied' : 'copyFailed'))}
      >
        <Icon name="link" size={tile ? 20 : 18} />
        <span>{label}</span>
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
    // Behind a dialog nothing can be selected.
    const place = focused?.closest('dialog') ?? document.body
    place.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    if (focused instanceof HTMLElement) focused.focus()
    return done
  }
}
