import { createContext, useCallback, useContext, useEffect, useState, type ReactNode } from 'react'
import { useTexts } from '../i18n/language.js'
import { Icon } from './icons.js'
import { SearchDialog } from './search-dialog.js'

const OpenSearch = createContext<() => void>(() => {})

interface SearchableProps {
  /** The room that is shown. */
  readonly roomId: string | undefined
  readonly children: ReactNode
}

/** A page in which messages can be looked for: with Ctrl+K or ⌘K, with a slash, with the button. */
export function Searchable({ roomId, children }: SearchableProps) {
  const [open, setOpen] = useState(false)
  const show = useCallback(() => setOpen(true), [])
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      if (!asksForSearch(event) || document.querySelector('dialog[open]') !== null) return
      event.preventDefault()
      setOpen(true)
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [])
  return (
    <OpenSearch value={show}>
      {children}
      {open && <SearchDialog roomId={roomId} onClose={() => setOpen(false)} />}
    </OpenSearch>
  )
}

export function SearchButton() {
  const texts = useTexts().talk
  const open = useContext(OpenSearch)
  return (
    <button
      type="button"
      className="icon-button"
      data-testid="search-button"
      aria-haspopup="dialog"
      aria-label={texts.search}
      title={texts.searchKey}
      onClick={open}
    >
      <Icon name="search" />
    </button>
  )
}

function asksForSearch({
  key,
  code,
  ctrlKey,
  metaKey,
  altKey,
  shiftKey,
  isComposing,
  target,
}: KeyboardEvent): boolean {
  if (isComposing || altKey || shiftKey) return false
  // By its place too: with a Korean keyboard the key writes ㅏ.
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' || code === 'KeyK'
  const writes =
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  return key === '/' && !writes
}
