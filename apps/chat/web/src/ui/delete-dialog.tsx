import { explain, useTexts } from '../i18n/language.js'
import { Modal } from './modal.js'
import { useAction } from './use-action.js'

interface DeleteDialogProps {
  readonly text: string
  readonly onDelete: () => Promise<void>
  readonly onClose: () => void
  readonly onDeleted: () => void
}

/** What is deleted does not come back: it is asked once more. */
export function DeleteDialog({ text, onDelete, onClose, onDeleted }: DeleteDialogProps) {
  const allTexts = useTexts()
  const texts = allTexts.talk
  const action = useAction()
  return (
    <Modal title={texts.deleteTitle} onClose={onClose}>
      <blockquote className="quoted" dir="auto">
        {text}
      </blockquote>
      <p className="form-note">{texts.deleteNote}</p>
      <p className="form-problem" role="alert">
        {action.refusal && explain(allTexts, action.refusal)}
      </p>
      <div className="form-actions">
        <button type="button" className="button is-quiet" onClick={onClose}>
          {allTexts.cancel}
        </button>
        <button
          type="button"
          className="button is-danger"
          data-testid="delete-sure"
          aria-disabled={action.busy}
          onClick={() =>
            void action.run(async () => {
              await onDelete()
              onClose()
              onDeleted()
            })
          }
        >
          {texts.delete}
        </button>
      </div>
    </Modal>
  )
}
