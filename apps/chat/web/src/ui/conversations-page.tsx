import { useState } from 'react'
import type { Conversation } from '../../../contract/index.js'
import { useLanguage, useTexts } from '../i18n/language.js'
import { clock, dayName } from '../i18n/times.js'
import { tidyName } from '../names.js'
import { usePage } from '../page.js'
import { directPath, navigate } from '../router.js'
import { useStore } from '../store.js'
import { AccountDialog } from './account-dialog.js'
import { Avatar } from './avatar.js'
import { FormField } from './form-field.js'
import { Link } from './link.js'
import { PageHeader } from './page-header.js'
import { useToday } from './use-today.js'
import { useTitle } from './use-title.js'

/** Everyone that this person has written with, the newest first. */
export function ConversationsPage() {
  const texts = useTexts().direct
  const { account } = useStore(usePage().identity)
  useTitle(texts.title)
  return (
    <div className="plain-page">
      <PageHeader />
      {account === null ? (
        <NeedsAccount />
      ) : (
        <main className="rooms-page">
          <div className="rooms-intro">
            <h1 tabIndex={-1}>{texts.title}</h1>
            <p>{texts.intro}</p>
          </div>
          <WriteTo />
          <section className="rooms" aria-label={texts.title}>
            <Conversations own={account} />
          </section>
        </main>
      )}
    </div>
  )
}

/** Instead of what only an account has. */
export function NeedsAccount() {
  const texts = useTexts()
  const [dialog, setDialog] = useState<'signIn' | 'signUp'>()
  return (
    <main className="missing">
      <h1 tabIndex={-1}>{texts.direct.needsAccount}</h1>
      <p>{texts.direct.needsAccountHelp}</p>
      <div className="button-line">
        <button type="button" className="button" onClick={() => setDialog('signIn')}>
          {texts.account.signIn}
        </button>
        <button type="button" className="button is-quiet" onClick={() => setDialog('signUp')}>
          {texts.account.signUp}
        </button>
      </div>
      {dialog !== undefined && <AccountDialog first={dialog} onClose={() => setDialog(undefined)} />}
    </main>
  )
}

function WriteTo() {
  const texts = useTexts().direct
  const [name, setName] = useState('')
  return (
    <form
      className="create-room is-even form"
      onSubmit={(event) => {
        event.preventDefault()
        if (tidyName(name) !== '') navigate(directPath(tidyName(name)))
      }}
    >
      <div className="field-and-button">
        <FormField
          label={texts.writeTo}
          value={name}
          placeholder={texts.writeToHint}
          autoComplete="off"
          enterKeyHint="go"
          onText={setName}
        />
        <button type="submit" className="button" aria-disabled={tidyName(name) === ''}>
          {texts.open}
        </button>
      </div>
    </form>
  )
}

function Conversations({ own }: { readonly own: string | undefined }) {
  const texts = useTexts().direct
  const { inbox } = usePage()
  const { read, conversations } = useStore(inbox.state)
  return (
    <div className="room-list-frame" aria-busy={read === 'no'}>
      <ul
        className="room-list"
        data-testid="conversations"
        aria-label={texts.title}
        hidden={conversations.length === 0}
      >
        {conversations.map((conversation) => (
          <ConversationItem key={conversation.with} conversation={conversation} own={own} />
        ))}
      </ul>
      <output>
        {conversations.length === 0 &&
          (read === 'yes' ? (
            <span className="empty">
              <span className="empty-title">{texts.none}</span>
              <span>{texts.noneHelp}</span>
            </span>
          ) : (
            <span className="empty quiet">{read === 'no' ? texts.reading : texts.unreachable}</span>
          ))}
      </output>
    </div>
  )
}

interface ConversationItemProps {
  readonly conversation: Conversation
  readonly own: string | undefined
}

function ConversationItem({ conversation, own }: ConversationItemProps) {
  const texts = useTexts().direct
  const language = useLanguage()
  const today = useToday()
  const { with: name, last, unread } = conversation
  const isToday = new Date(last.time).toDateString() === new Date(today).toDateString()
  return (
    <li>
      <Link className="room-item conversation-item" href={directPath(name)} data-unread={unread > 0}>
        <Avatar name={name} />
        <span className="conversation-text">
          <bdi className="conversation-name">{name}</bdi>
          <span className="conversation-last">
            {last.sender === own && `${texts.you}: `}
            <bdi>{last.message}</bdi>
          </span>
        </span>
        <span className="conversation-side">
          <time dateTime={new Date(last.time).toISOString()}>
            {isToday ? clock(language, last.time) : dayName(language, last.time, today).split(' · ')[0]}
          </time>
          {unread > 0 && (
            <span className="badge">
              <span aria-hidden="true">{unread}</span>
              <span className="visually-hidden">{texts.unreadIn(unread)}</span>
            </span>
          )}
        </span>
      </Link>
    </li>
  )
}
