import { memo } from 'react'
import { useLanguage, useTexts, type Language } from '../i18n/language.js'
import { clock, dayName, duration, fullTime } from '../i18n/times.js'
import type { Texts } from '../i18n/en.js'
import type { Entry, Happening, Talk } from '../room/entries.js'
import { Avatar, hueStyle } from './avatar.js'
import { Icon } from './icons.js'
import { LinkedText } from './linked-text.js'
import { useToday } from './use-today.js'

export const EntryView = memo(function EntryView({ entry }: { readonly entry: Entry }) {
  const texts = useTexts()
  const language = useLanguage()
  return (
    <>
      {entry.newDay && <DayLine time={entry.time} />}
      {entry.kind === 'talk' ? (
        <TalkView talk={entry} />
      ) : (
        <p
          className="notice"
          data-testid="notice"
          data-what={entry.happening.what}
          title={fullTime(language, entry.time)}
        >
          {noticeText(texts, language, entry.happening)}
        </p>
      )}
    </>
  )
})

function noticeText(texts: Texts, language: Language, happening: Happening): string {
  switch (happening.what) {
    case 'came':
      return texts.came(happening.name, happening.text)
    case 'left':
      return texts.left(happening.name)
    case 'returned':
      return texts.returned(duration(language, happening.awayMs))
    case 'new':
      return texts.newLine
    case 'gap':
    default:
      return texts.gap
  }
}

function DayLine({ time }: { readonly time: number }) {
  const language = useLanguage()
  const today = useToday()
  return (
    <p className="day">
      <span>{dayName(language, time, today)}</span>
    </p>
  )
}

function TalkView({ talk }: { readonly talk: Talk }) {
  const texts = useTexts()
  const { sender, own, head } = talk
  const shown = head && !own
  return (
    <div className="talk" data-testid="message" data-own={own} data-head={head}>
      {shown && <Avatar name={sender} />}
      <p className={shown ? 'talk-sender' : 'visually-hidden'} style={shown ? hueStyle(sender) : undefined}>
        <bdi>{sender}</bdi>
        {own && ` (${texts.you})`}
      </p>
      <div className="talk-line">
        <p className="bubble" dir="auto">
          <LinkedText text={talk.text} />
        </p>
        <span className="talk-meta">
          <Clock time={talk.time} quiet={!talk.newMinute} />
          {own && (
            <span className="talk-sent">
              <Icon name="check" size={14} />
              <span className="visually-hidden">{texts.isSent}</span>
            </span>
          )}
        </span>
      </div>
    </div>
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
