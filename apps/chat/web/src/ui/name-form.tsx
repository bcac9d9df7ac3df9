import { useId, useState } from 'react'
import { BOUNDS } from '../../../contract/index.js'
import { useTexts } from '../i18n/language.js'
import { senderProblem, tidyName } from '../names.js'

interface NameFormProps {
  readonly initially: string
  readonly note: string
  readonly submit: string
  readonly cancel: string
  /** Why the name was refused, until another one is typed. */
  readonly problem?: string | undefined
  readonly onName: (name: string) => void
  readonly onCancel: () => void
}

export function NameForm({ initially, note, submit, cancel, problem, onName, onCancel }: NameFormProps) {
  const texts = useTexts()
  const id = useId()
  const [name, setName] = useState(initially)
  const broken = senderProblem(tidyName(name))
  const shown = broken === undefined ? (name === initially ? problem : undefined) : texts.errors[broken]
  return (
    <form
      className="form"
      data-testid="name-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (broken === undefined) onName(tidyName(name))
      }}
    >
      <label htmlFor={id}>{texts.nameLabel}</label>
      <input
        id={id}
        data-testid="name-input"
        className="field"
        value={name}
        onChange={(event) => setName(event.target.value)}
        placeholder={texts.nameHint}
        // Counted in code points when it is sent; this only stops a pasted book.
        maxLength={BOUNDS.sender * 4}
        autoComplete="off"
        aria-invalid={shown !== undefined}
        aria-describedby={`${id}-note ${id}-problem`}
      />
      <p className="form-note" id={`${id}-note`}>
        {note}
      </p>
      <p className="form-problem" id={`${id}-problem`} role="alert">
        {shown}
      </p>
      <div className="form-actions">
        <button type="button" className="button is-quiet" onClick={onCancel}>
          {cancel}
        </button>
        <button type="submit" className="button" disabled={broken !== undefined}>
          {submit}
        </button>
      </div>
    </form>
  )
}
