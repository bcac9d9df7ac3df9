import { preferredLanguage, type Language } from './i18n/language.js'
import { createStore, type Store } from './store.js'
import { readStored, writeStored } from './storage.js'

export type Theme = 'system' | 'light' | 'dark'

interface Preferences {
  readonly language: Language
  readonly theme: Theme
}

export interface PreferencesStore extends Store<Preferences> {
  change(change: Partial<Preferences>): void
}

export function createPreferences(): PreferencesStore {
  const language = readStored('wschat.language')
  const theme = readStored('wschat.theme')
  const store = createStore<Preferences, Preferences>((_, next) => next, {
    language: language === 'ko' || language === 'en' ? language : preferredLanguage(navigator.languages),
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
  })
  show(store.get())
  return {
    get: store.get,
    subscribe: store.subscribe,
    change(change) {
      const next = { ...store.get(), ...change }
      // What was not chosen goes on following the browser.
      if (change.language !== undefined) writeStored('wschat.language', change.language)
      if (change.theme !== undefined) writeStored('wschat.theme', change.theme)
      show(next)
      store.dispatch(next)
    },
  }
}

const darkScheme = matchMedia('(prefers-color-scheme: dark)')
darkScheme.addEventListener('change', paintBrowser)

function show({ language, theme }: Preferences): void {
  const root = document.documentElement
  root.lang = language
  if (theme === 'system') delete root.dataset['theme']
  else root.dataset['theme'] = theme
  paintBrowser()
}

/** The colour of the browser's own bars: that of the page's ground. */
function paintBrowser(): void {
  const ground = getComputedStyle(document.documentElement).getPropertyValue('background-color')
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', ground)
}
