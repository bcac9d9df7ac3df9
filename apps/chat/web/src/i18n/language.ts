import { createContext, useContext } from 'react'
import type { Refusal } from '../refusal.js'
import { en, type Texts } from './en.js'
import { ko } from './ko.js'

export const LANGUAGES = { ko, en } as const
export type Language = keyof typeof LANGUAGES

/** The first of the browser's languages that the page speaks. `first-paint.js` decides alike. */
export function preferredLanguage(wanted: readonly string[]): Language {
  const spoken = wanted
    .map((tag) => tag.slice(0, 2).toLowerCase())
    .find((tag) => tag === 'ko' || tag === 'en')
  return spoken === 'ko' ? 'ko' : 'en'
}

export const LanguageContext = createContext<Language>('en')

export function useLanguage(): Language {
  return useContext(LanguageContext)
}

export function useTexts(): Texts {
  return LANGUAGES[useContext(LanguageContext)]
}

/** A refusal in the reader's language; in the server's words where the page does not know the code. */
export function explain(texts: Texts, { code, message }: Refusal): string {
  return Object.hasOwn(texts.errors, code)
    ? texts.errors[code as keyof Texts['errors']]
    : texts.refused(message || code)
}
