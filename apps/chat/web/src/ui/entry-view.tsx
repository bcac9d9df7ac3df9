import { memo } from 'react'
import { useLanguage, useTexts, type Language } from '../i18n/language.js'
import { dayName, duration, fullTime } from '../i18n/times.js'
import type { Texts } from '../i18n/en.js'
import type { Entry, Happening } from '../room/entries.js'
import { TalkView } from './talk-view.js'
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
