import { useEffect, useId, useRef, useState, type FormEvent } from 'react'
import { BOUNDS } from '../../../contract/index.js'
import { useTexts, useLanguage } from '../i18n/language.js'
import { codePoints, tidyMessage } from '../names.js'
import { usePage } from '../page.js'
import { Icon } from './icons.js'
import { useConnection } from './use-connection.js'
import { useEnter } from './use-enter.js'
import { useGrowing } from './use-growing.js'

/** From this share of the bound on, the length is shown. */
const COUNTED_FROM = 0.9

interface ComposerProps {
  /** Under which an unfinished text is kept. */
  readonly draftKey: string
  /** Whether what is written can be sent at once. */
  readonly ready: boolean
  readonly label?: string
  readonly onSend: (text: string) => void
}

export function Composer({ draftKey, ready, label, onSend }: ComposerProps) {
  const texts = useTexts()
  const write = label ?? texts.write
  const { drafts } = usePage()
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(drafts.get(draftKey) ?? '')
  const length = codePoints(text)
  const tooLong = length > BOUNDS.message
  useGrowing(field, text)
  useFocusOnEntry(field, ready)

  function change(value: string): void {
    setText(value)
    drafts.set(draftKey, value)
  }

  function send(): void {
    const written = tidyMessage(field.current?.value ?? '')
    if (written === '' || codePoints(written) > BOUNDS.message) return
    onSend(written)
    change('')
  }
  useEnter(field, send)

  return (
    <form
      className="composer"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        endComposition(field.current)
        send()
      }}
    >
      <div className="composer-line" data-problem={tooLong}>
        <label className="visually-hidden" htmlFor={id}>
          {write}
        </label>
        <textarea
          ref={field}
          id={id}
          data-testid="composer"
          rows={1}
          value={text}
          placeholder={write}
          enterKeyHint="send"
          aria-describedby={`${id}-foot`}
          aria-invalid={tooLong}
          onChange={(event) => change(event.target.value)}
        />
        <button
          type="submit"
          className="send-button"
          aria-label={texts.send}
          aria-disabled={tooLong || tidyMessage(text) === ''}
          // The field keeps the focus, so that the keyboard of a phone stays.
          onPointerDown={(event) => event.preventDefault()}
        >
          <Icon name="send" />
        </button>
      </div>
      <Foot id={`${id}-foot`} length={length} />
    </form>
  )
}

interface FootProps {
  readonly id: string
  readonly length: number
}

/** One line that is always there: nothing moves when it has something to say. */
function Foot({ id, length }: FootProps) {
  const texts = useTexts()
  const format = new Intl.NumberFormat(useLanguage())
  const { kind } = useConnection()
  const tooLong = length > BOUNDS.message
  const problem = tooLong ? texts.errors['message-too-long'] : undefined
  const away = kind === 'waiting' || kind === 'offline' ? texts.willSend : undefined
  return (
    <p className="composer-foot" id={id}>
      <output data-problem={problem !== undefined}>{problem ?? away}</output>
      {problem === undefined && away === undefined && <span className="composer-hint">{texts.sendHint}</span>}
      {length > BOUNDS.message * COUNTED_FROM && (
        <span className="composer-count" data-problem={tooLong}>
          {texts.lengthOf(format.format(length), format.format(BOUNDS.message))}
        </span>
      )}
    </p>
  )
}

/** A button that is tapped in mid-composition: the input method hands over the last syllable when the field is left. */
function endComposition(field: HTMLTextAreaElement | null): void {
  if (field === null || document.activeElement !== field) return
  field.blur()
  field.focus({ preventScroll: true })
}

/** Whoever came in with a keyboard can write at once; on a phone it would push the conversation away. */
function useFocusOnEntry(field: React.RefObject<HTMLTextAreaElement | null>, entered: boolean): void {
  const done = useRef(false)
  useEffect(() => {
    if (!entered || done.current) return
    done.current = true
    const free = document.activeElement === document.body || document.activeElement?.tagName === 'H1'
    if (free && matchMedia('(hover: hover) and (pointer: fine)').matches) field.current?.focus()
  }, [field, entered])
}
