import { memo } from 'react'
import { explain, useTexts } from '../i18n/language.js'
import type { Texts } from '../i18n/en.js'
import type { Outbox, Outgoing } from '../outbox.js'
import { Icon } from './icons.js'
import { LinkedText } from './linked-text.js'
import { useConnection } from './use-connection.js'

interface OutgoingViewProps {
  readonly message: Outgoing
  /** The first of a run. */
  readonly head: boolean
  readonly outbox: Outbox
  /** The button that was pressed is no more. */
  readonly onGone: () => void
}

const STEP_ICONS = { waiting: 'clock', sending: 'clock', sent: 'check', failed: 'alert' } as const

function stepText(texts: Texts, step: keyof typeof STEP_ICONS): string {
  switch (step) {
    case 'waiting':
      return texts.isWaiting
    case 'sending':
      return texts.isSending
    case 'sent':
      return texts.isSent
    case 'failed':
    default:
      return texts.isFailed
  }
}

/** A message of one's own that is not in the room yet, and how far it is. */
export const OutgoingView = memo(function OutgoingView({ message, head, outbox, onGone }: OutgoingViewProps) {
  const texts = useTexts()
  const { id, refusal } = message
  const { kind } = useConnection()
  const step = message.step === 'sending' && kind !== 'online' ? 'waiting' : message.step
  return (
    <li className="talk" data-own="true" data-testid="message" data-head={head} data-step={step}>
      <div className="talk-line">
        <p className="bubble" dir="auto">
          <LinkedText text={message.text} />
        </p>
        <output className="talk-meta">
          <Icon name={STEP_ICONS[step]} size={14} />
          {stepText(texts, step)}
        </output>
      </div>
      {step === 'failed' && (
        <div className="talk-failure">
          <p role="alert">{refusal && explain(texts, refusal)}</p>
          <span className="talk-choices">
            <button type="button" className="text-button" onClick={() => (outbox.retry(id), onGone())}>
              {texts.retry}
            </button>
            <button type="button" className="text-button" onClick={() => (outbox.remove(id), onGone())}>
              {texts.discard}
            </button>
          </span>
        </div>
      )}
    </li>
  )
})
