import { useState } from 'react'
import { BOUNDS } from '../../../contract/index.js'
import { explain, useTexts } from '../i18n/language.js'
import { passwordProblem, senderProblem, tidyName } from '../names.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'
import { FormField, PasswordField } from './form-field.js'
import { Modal } from './modal.js'
import { useAction } from './use-action.js'

interface AccountDialogProps {
  readonly first?: 'signIn' | 'signUp'
  readonly onClose: () => void
}

/** Signing in, and registering a name; from each one comes to the other. */
export function AccountDialog({ first = 'signIn', onClose }: AccountDialogProps) {
  const texts = useTexts().account
  const [mode, setMode] = useState(first)
  return (
    <Modal title={mode === 'signIn' ? texts.signInTitle : texts.signUpTitle} onClose={onClose}>
      <AccountForm key={mode} mode={mode} onDone={onClose} />
      <p className="form-other">
        {mode === 'signIn' ? texts.noAccount : texts.haveAccount}{' '}
        <button
          type="button"
          className="text-button"
          data-testid="other-mode"
          onClick={() => setMode(mode === 'signIn' ? 'signUp' : 'signIn')}
        >
          {mode === 'signIn' ? texts.signUp : texts.signIn}
        </button>
      </p>
    </Modal>
  )
}

interface AccountFormProps {
  readonly mode: 'signIn' | 'signUp'
  readonly onDone: () => void
}

function AccountForm({ mode, onDone }: AccountFormProps) {
  const allTexts = useTexts()
  const texts = allTexts.account
  const { account, identity } = usePage()
  const { chosen } = useStore(identity)
  const [name, setName] = useState(chosen ?? '')
  const [password, setPassword] = useState('')
  const action = useAction()
  const isNew = mode === 'signUp'

  function submit(): void {
    const tidy = tidyName(name)
    const problem =
      tidy === '' ? 'name-empty' : isNew ? (senderProblem(tidy) ?? passwordProblem(password)) : undefined
    if (problem !== undefined) return action.refuse(problem)
    void action.run(async () => {
      await (isNew ? account.signUp : account.signIn)({ name: tidy, password })
      onDone()
    })
  }

  return (
    <form
      className="form"
      data-testid="account-form"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <p className="form-intro">{isNew ? texts.signUpNote : texts.signInNote}</p>
      <FormField
        label={texts.name}
        value={name}
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={BOUNDS.sender * 4}
        onText={(text) => {
          setName(text)
          action.clear()
        }}
      />
      <PasswordField
        label={texts.password}
        value={password}
        isNew={isNew}
        {...(isNew && { note: texts.passwordHint })}
        invalid={action.refusal?.code.startsWith('password') ?? false}
        onText={(text) => {
          setPassword(text)
          action.clear()
        }}
      />
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
      <div className="form-actions">
        <button type="submit" className="button" aria-disabled={action.busy}>
          {action.busy ? texts.working : isNew ? texts.signUp : texts.signIn}
        </button>
      </div>
    </form>
  )
}
