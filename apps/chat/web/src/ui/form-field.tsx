import { useId, useState, type ComponentProps } from 'react'
import { useTexts } from '../i18n/language.js'

interface FormFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'id' | 'className'> {
  readonly label: string
  readonly note?: string
  readonly onText: (text: string) => void
}

/** A field with its label and what there is to know about it. */
export function FormField({ label, note, onText, ...props }: FormFieldProps) {
  const id = useId()
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <input
        {...props}
        id={id}
        className="field"
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => onText(event.target.value)}
      />
      {note !== undefined && (
        <p className="form-note" id={`${id}-note`}>
          {note}
        </p>
      )}
    </div>
  )
}

interface PasswordFieldProps {
  readonly label: string
  readonly value: string
  readonly isNew: boolean
  readonly note?: string
  readonly invalid?: boolean
  readonly onText: (text: string) => void
}

/** A password that can be looked at: whoever sees what they type needs not type it twice. */
export function PasswordField({ label, value, isNew, note, invalid = false, onText }: PasswordFieldProps) {
  const texts = useTexts().account
  const id = useId()
  const [shown, setShown] = useState(false)
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="password-line">
        <input
          id={id}
          className="field"
          type={shown ? 'text' : 'password'}
          value={value}
          autoComplete={isNew ? 'new-password' : 'current-password'}
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={invalid}
          aria-describedby={note === undefined ? undefined : `${id}-note`}
          onChange={(event) => onText(event.target.value)}
        />
        <button
          type="button"
          className="text-button"
          aria-pressed={shown}
          aria-controls={id}
          onClick={() => setShown(!shown)}
        >
          {shown ? texts.hidePassword : texts.showPassword}
        </button>
      </div>
      {note !== undefined && (
        <p className="form-note" id={`${id}-note`}>
          {note}
        </p>
      )}
    </div>
  )
}
