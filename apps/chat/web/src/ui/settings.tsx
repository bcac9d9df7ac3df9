import { useState } from 'react'
import { LANGUAGES, useTexts, type Language } from '../i18n/language.js'
import { usePage } from '../page.js'
import type { Theme } from '../preferences.js'
import { useStore } from '../store.js'
import { AccountDialog } from './account-dialog.js'
import { AccountSettings } from './account-settings.js'
import { Modal } from './modal.js'
import { RenameDialog } from './rename-dialog.js'
import { ToolButton } from './tool-button.js'

export function SettingsButton({ tile = false }: { readonly tile?: boolean }) {
  const texts = useTexts()
  const [open, setOpen] = useState<'settings' | 'name' | 'account'>()
  const { account } = useStore(usePage().identity)
  const close = (): void => setOpen(undefined)
  return (
    <>
      <ToolButton icon="sliders" label={texts.settings} tile={tile} onClick={() => setOpen('settings')} />
      {open === 'settings' && (
        <Settings onClose={close} onRename={() => setOpen('name')} onAccount={() => setOpen('account')} />
      )}
      {open === 'name' && <RenameDialog onClose={close} />}
      {open === 'account' && typeof account === 'string' && (
        <AccountSettings name={account} onClose={close} />
      )}
      {open === 'account' && account === null && <AccountDialog onClose={close} />}
    </>
  )
}

interface SettingsProps {
  readonly onClose: () => void
  readonly onRename: () => void
  readonly onAccount: () => void
}

function Settings({ onClose, onRename, onAccount }: SettingsProps) {
  const { preferences, identity } = usePage()
  const { language, theme } = useStore(preferences)
  const { chosen, given, account } = useStore(identity)
  const texts = useTexts()
  const name = account ?? (chosen === null ? texts.notChosen : chosen || given || texts.guest)
  const themes: readonly Theme[] = ['system', 'light', 'dark']
  const languages = Object.keys(LANGUAGES) as Language[]
  return (
    <Modal title={texts.settings} className="is-panel" onClose={onClose}>
      <div className="setting">
        <span className="setting-name">{texts.yourName}</span>
        <span className="setting-value">
          <bdi>{name}</bdi>
          {typeof account === 'string' ? (
            <button type="button" className="text-button" onClick={onAccount}>
              {texts.account.manage}
            </button>
          ) : (
            <>
              <button type="button" className="text-button" onClick={onRename}>
                {texts.changeName}
              </button>
              <button type="button" className="text-button" onClick={onAccount}>
                {texts.account.signIn}
              </button>
            </>
          )}
        </span>
      </div>
      <Choice
        label={texts.language}
        value={language}
        options={languages.map((value) => ({ value, text: LANGUAGES[value].languageName, lang: value }))}
        onChange={(value) => preferences.change({ language: value })}
      />
      <Choice
        label={texts.theme}
        value={theme}
        options={themes.map((value) => ({ value, text: texts.themes[value] }))}
        onChange={(value) => preferences.change({ theme: value })}
      />
    </Modal>
  )
}

interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly text: string; readonly lang?: string }[]
  readonly onChange: (value: Value) => void
}

function Choice<Value extends string>({ label, value, options, onChange }: ChoiceProps<Value>) {
  return (
    <fieldset className="setting">
      <legend className="setting-name">{label}</legend>
      <div className="choice">
        {options.map((option) => (
          <label key={option.value} lang={option.lang}>
            <input
              type="radio"
              name={label}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            <span>{option.text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
