import { useContext, useRef, useState, type KeyboardEvent, type RefObject } from 'react'
import { useLanguage, useTexts } from '../i18n/language.js'
import { clock, fullTime } from '../i18n/times.js'
import type { Talk } from '../room/entries.js'
import { Avatar, hueStyle } from './avatar.js'
import { DeleteDialog } from './delete-dialog.js'
import { Icon } from './icons.js'
import { LinkedText } from './linked-text.js'
import { TalkActionsContext, type TalkActions } from './talk-actions.js'
import { TalkEditor } from './talk-editor.js'

/** What is done with a message: nothing, choosing, changing its text, confirming that it goes. */
type Doing = 'nothing' | 'choosing' | 'editing' | 'deleting'

export function TalkView({ talk }: { readonly talk: Talk }) {
  const texts = useTexts()
  const actions = useContext(TalkActionsContext)
  const [doing, setDoing] = useState<Doing>('nothing')
  const frame = useRef<HTMLDivElement>(null)
  const { sender, own, head, offset, deleted } = talk
  const shown = head && !own
  const changeable = offset !== undefined && deleted === undefined && actions?.mayDelete(talk) === true
  return (
    <div
      ref={frame}
      className="talk"
      data-testid="message"
      data-own={own}
      data-head={head}
      data-offset={offset}
    >
      {shown && <Avatar name={sender} />}
      <p className={shown ? 'talk-sender' : 'visually-hidden'} style={shown ? hueStyle(sender) : undefined}>
        <bdi>{sender}</bdi>
        {own && ` (${texts.you})`}
      </p>
      {doing === 'editing' && changeable ? (
        <TalkEditor
          text={talk.text}
          onSave={(text, signal) => actions.edit(offset, text, signal)}
          onDone={() => {
            setDoing('nothing')
            toMore(frame)
          }}
        />
      ) : (
        <div className="talk-line">
          <p className="bubble" dir="auto" data-deleted={deleted !== undefined}>
            <TalkText talk={talk} />
          </p>
          <TalkMeta talk={talk} />
          {changeable && <MoreButton doing={doing} onDoing={setDoing} />}
        </div>
      )}
      {doing === 'choosing' && changeable && (
        <Choices talk={talk} actions={actions} onDoing={setDoing} onClose={() => toMore(frame)} />
      )}
      {doing === 'deleting' && changeable && (
        <DeleteDialog
          text={talk.text}
          onDelete={() => actions.delete(offset)}
          onClose={() => setDoing('nothing')}
          onDeleted={() => frame.current?.closest<HTMLElement>('.log')?.focus({ preventScroll: true })}
        />
      )}
    </div>
  )
}

function TalkText({ talk }: { readonly talk: Talk }) {
  const texts = useTexts().talk
  if (talk.deleted === undefined) return <LinkedText text={talk.text} />
  return talk.deleted === 'owner' ? texts.deletedByOwner : texts.deletedByAuthor
}

function TalkMeta({ talk }: { readonly talk: Talk }) {
  const texts = useTexts()
  const language = useLanguage()
  const { own, edited, deleted } = talk
  return (
    <span className="talk-meta">
      {edited !== undefined && deleted === undefined && (
        <span
          className="talk-edited"
          data-testid="edited"
          title={texts.talk.editedAt(fullTime(language, edited))}
        >
          {texts.talk.edited}
        </span>
      )}
      <Clock time={talk.time} quiet={!talk.newMinute} />
      {own && deleted === undefined && (
        <span className="talk-sent">
          <Icon name="check" size={14} />
          <span className="visually-hidden">{texts.isSent}</span>
        </span>
      )}
    </span>
  )
}

/** A time; a quiet one is seen when the message is pointed at, and read aloud always. */
function Clock({ time, quiet }: { readonly time: number; readonly quiet: boolean }) {
  const language = useLanguage()
  return (
    <time dateTime={new Date(time).toISOString()} title={fullTime(language, time)} data-quiet={quiet}>
      {clock(language, time)}
    </time>
  )
}

interface DoingProps {
  readonly doing: Doing
  readonly onDoing: (doing: Doing) => void
}

function MoreButton({ doing, onDoing }: DoingProps) {
  const texts = useTexts().talk
  return (
    <button
      type="button"
      className="talk-more"
      data-testid="talk-more"
      aria-label={texts.change}
      aria-expanded={doing === 'choosing'}
      onClick={() => onDoing(doing === 'choosing' ? 'nothing' : 'choosing')}
    >
      <Icon name="more" size={16} />
    </button>
  )
}

interface ChoicesProps {
  readonly talk: Talk
  readonly actions: TalkActions
  readonly onDoing: (doing: Doing) => void
  readonly onClose: () => void
}

function Choices({ talk, actions, onDoing, onClose }: ChoicesProps) {
  const texts = useTexts().talk
  const onKeyDown = ({ key }: KeyboardEvent): void => {
    if (key !== 'Escape') return
    onDoing('nothing')
    onClose()
  }
  return (
    <fieldset className="talk-choices">
      <legend className="visually-hidden">{texts.change}</legend>
      {actions.mayEdit(talk) && (
        <button
          type="button"
          className="text-button"
          data-testid="talk-edit"
          onKeyDown={onKeyDown}
          onClick={() => onDoing('editing')}
        >
          {texts.edit}
        </button>
      )}
      <button
        type="button"
        className="text-button is-danger"
        data-testid="talk-delete"
        onKeyDown={onKeyDown}
        onClick={() => onDoing('deleting')}
      >
        {texts.delete}
      </button>
    </fieldset>
  )
}

/** The button that was pressed is no more; the one that led to it is there again after this turn. */
function toMore(frame: RefObject<HTMLElement | null>): void {
  requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>('.talk-more')?.focus())
}
