import { useId, useLayoutEffect, useRef, type ReactNode } from 'react'
import { useTexts } from '../i18n/language.js'
import { Icon } from './icons.js'

interface ModalProps {
  readonly title: string
  readonly children: ReactNode
  readonly className?: string
  /** Escape, the cross, or a press beside it. Without it the dialog has to be answered. */
  readonly onClose: (() => void) | undefined
}

/** A dialog over the page; the browser keeps the focus in it and gives it back afterwards. */
export function Modal({ title, children, className = '', onClose }: ModalProps) {
  const texts = useTexts()
  const ref = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    // A field to fill in comes before the button that closes.
    dialog?.querySelector<HTMLElement>('input.field')?.focus()
    return () => dialog?.close()
  }, [])
  return (
    <dialog
      ref={ref}
      className={`modal ${className}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        // React lets it rise from a dialog that was opened in this one.
        if (event.target !== event.currentTarget) return
        event.preventDefault()
        onClose?.()
      }}
      onPointerDown={(event) => event.target === event.currentTarget && onClose?.()}
    >
      <div className="modal-body">
        <header className="modal-head">
          <h2 id={titleId}>{title}</h2>
          {onClose && (
            <button type="button" className="icon-button" aria-label={texts.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  )
}
