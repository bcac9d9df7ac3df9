import { useState } from 'react'
import { explain, useTexts } from '../i18n/language.js'
import { passwordProblem } from '../names.js'
import { usePage } from '../page.js'
import { PasswordField } from './form-field.js'
import { Modal } from './modal.js'
import { useAction } from './use-action.js'

interface AccountSettingsProps {
  readonly name: string
  readonly onClose: () => void
}

/** What whoever is signed in does with their account. */
export function AccountSettings({ name, onClose }: AccountSettingsProps) {
  const allTexts = useTexts()
  const texts = allTexts.account
  const { account } = usePage()
  const [changing, setChanging] = useState(false)
  const [changed, setChanged] = useState(false)
  const action = useAction()
  const leave = (how: () => Promise<void>): void =>
    void action.run(async () => {
      await how()
      onClose()
    })
  return (
    <Modal title={texts.manage} className="is-panel" onClose={onClose}>
      <p className="form-intro">{texts.signedInAs(name)}</p>
      {changing ? (
        <ChangePassword
          name={name}
          onDone={() => {
            setChanging(false)
            setChanged(true)
          }}
        />
      ) : (
        <div className="actions">
          <button type="button" className="button is-quiet" onClick={() => setChanging(true)}>
            {texts.changePassword}
          </button>
          <button type="button" className="button is-quiet" onClick={() => leave(account.signOutEverywhere)}>
            {texts.signOutEverywhere}
          </button>
          <button
            type="button"
            className="button"
            data-testid="sign-out"
            onClick={() => leave(account.signOut)}
          >
            {texts.signOut}
          </button>
        </div>
      )}
      <output className="form-note">{changed && texts.passwordChanged}</output>
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
    </Modal>
  )
}

function ChangePassword({ name, onDone }: { readonly name: string; readonly onDone: () => void }) {
  const allTexts = useTexts()
  const texts = allTexts.account
  const { account } = usePage()
  const [password, setPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const action = useAction()
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        const problem = passwordProblem(newPassword)
        if (problem !== undefined) return action.refuse(problem)
        void action.run(async () => {
          await account.changePassword({ password, newPassword })
          onDone()
        })
      }}
    >
      {/* Tells the browser whose password it is to keep. */}
      <input
        className="visually-hidden"
        autoComplete="username"
        value={name}
        readOnly
        tabIndex={-1}
        aria-hidden
      />
      <PasswordField label={texts.presentPassword} value={password} isNew={false} onText={setPassword} />
      <PasswordField
        label={texts.newPassword}
        value={newPassword}
        isNew
        note={`${texts.passwordHint} ${texts.changePasswordNote}`}
        onText={setNewPassword}
      />
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
      <div className="form-actions">
        <button type="submit" className="button" aria-disabled={action.busy}>
          {action.busy ? texts.working : texts.changePassword}
        </button>
      </div>
    </form>
  )
}
