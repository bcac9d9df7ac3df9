import { en } from './en.js'
import { ko } from './ko.js'
import type { Language } from './language.js'

const texts = { ko, en }
const clocks = formats({ hour: 'numeric', minute: '2-digit' })
const days = formats({ month: 'long', day: 'numeric', weekday: 'long' })
const daysOfYears = formats({ year: 'numeric', month: 'long', day: 'numeric', weekday: 'long' })
const full = formats({ dateStyle: 'long', timeStyle: 'medium' })

function formats(options: Intl.DateTimeFormatOptions): Record<Language, Intl.DateTimeFormat> {
  return { ko: new Intl.DateTimeFormat('ko', options), en: new Intl.DateTimeFormat('en', options) }
}

export function clock(language: Language, time: number): string {
  return clocks[language].format(time)
}

export function fullTime(language: Language, time: number): string {
  return full[language].format(time)
}

/** The name of a day: today and yesterday by word, the year only where it is another. */
export function dayName(language: Language, time: number, now = Date.now()): string {
  const day = new Date(time)
  const today = new Date(now)
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
  const named = (day.getFullYear() === today.getFullYear() ? days : daysOfYears)[language].format(time)
  if (day.toDateString() === today.toDateString()) return `${texts[language].today} · ${named}`
  if (day.toDateString() === yesterday.toDateString()) return `${texts[language].yesterday} · ${named}`
  return named
}

export function duration(language: Language, ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000))
  const { seconds: ofSeconds, minutes: ofMinutes } = texts[language]
  return seconds < 100 ? ofSeconds(seconds) : ofMinutes(Math.round(seconds / 60))
}
