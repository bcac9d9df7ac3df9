import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'
import { Modal } from './modal.js'
import { NameForm } from './name-form.js'

interface RenameDialogProps {
  /** Why the present name was refused. */
  readonly problem?: string | undefined
  readonly onClose: () => void
}

export function RenameDialog({ problem, onClose }: RenameDialogProps) {
  const page = usePage()
  const texts = useTexts()
  const { chosen } = useStore(page.identity)
  return (
    <Modal title={texts.nameTitleChange} onClose={onClose}>
      <NameForm
        initially={chosen ?? ''}
        note={`${texts.nameIntro} ${texts.nameChangeNote}`}
        submit={texts.nameSave}
        cancel={texts.cancel}
        problem={problem}
        onName={(name) => {
          if (name !== chosen || problem !== undefined) page.setName(name)
          onClose()
        }}
        onCancel={onClose}
      />
    </Modal>
  )
}
