import { useEffect, useId, useRef, useState } from 'react'
import { BOUNDS } from '../../../contract/index.js'
import { explain, useTexts } from '../i18n/language.js'
import { codePoints, tidyMessage } from '../names.js'
import { useAction } from './use-action.js'
import { useEnter } from './use-enter.js'
import { useGrowing } from './use-growing.js'

interface TalkEditorProps {
  readonly text: string
  readonly onSave: (text: string, signal: AbortSignal) => Promise<void>
  /** It is saved, or everything stays as it was. */
  readonly onDone: () => void
}

/** A message of one's own while its text is changed, in its place. */
export function TalkEditor({ text: before, onSave, onDone }: TalkEditorProps) {
  const allTexts = useTexts()
  const texts = allTexts.talk
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useState(before)
  const [saving] = useState(() => new AbortController())
  const action = useAction()
  const written = tidyMessage(text)
  const tooLong = codePoints(written) > BOUNDS.message
  useGrowing(field, text)
  useEffect(() => {
    field.current?.focus()
    field.current?.setSelectionRange(before.length, before.length)
    field.current?.form?.scrollIntoView({ block: 'nearest' })
  }, [before])

  function save(): void {
    const now = tidyMessage(field.current?.value ?? '')
    if (now === '' || codePoints(now) > BOUNDS.message) return
    if (now === before) return onDone()
    void action.run(async () => {
      await onSave(now, saving.signal)
      onDone()
    })
  }
  function cancel(): void {
    saving.abort()
    onDone()
  }
  useEnter(field, save)

  const problem = action.refusal === undefined ? undefined : explain(allTexts, action.refusal)
  return (
    <form
      className="talk-editor"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <label className="visually-hidden" htmlFor={id}>
        {texts.newText}
      </label>
      <textarea
        ref={field}
        id={id}
        data-testid="editor"
        rows={1}
        value={text}
        readOnly={action.busy}
        aria-invalid={tooLong}
        aria-describedby={`${id}-foot`}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // An Escape that takes back a composition belongs to the input method.
          if (event.key === 'Escape' && !event.nativeEvent.isComposing) cancel()
        }}
      />
      <div className="talk-editor-foot">
        <p id={`${id}-foot`}>
          {problem !== undefined || tooLong ? (
            <span role="alert" className="talk-problem">
              {problem ?? allTexts.errors['message-too-long']}
            </span>
          ) : (
            <span className="composer-hint">{texts.editHint}</span>
          )}
        </p>
        <button type="button" className="button is-quiet is-small" onClick={cancel}>
          {allTexts.cancel}
        </button>
        <button
          type="submit"
          className="button is-small"
          data-testid="save"
          aria-disabled={action.busy || written === '' || tooLong}
        >
          {action.busy ? texts.saving : texts.save}
        </button>
      </div>
    </form>
  )
}
