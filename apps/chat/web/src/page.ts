import { createContext, useContext } from 'react'
import { api, type Api } from './api.js'
import type { Connection } from './connection/connection.js'
import { connectPage } from './connection/page-connection.js'
import { createIdentity, type IdentityStore } from './identity.js'
import { createPreferences, type PreferencesStore } from './preferences.js'
import type { Outgoing } from './room/outgoing.js'

/** What lasts as long as the page, whatever it shows. */
export interface Page {
  readonly api: Api
  readonly connection: Connection
  readonly identity: IdentityStore
  readonly preferences: PreferencesStore
  /** What was written in a room and not sent when it was left. */
  readonly drafts: Map<string, string>
  readonly unsent: Map<string, readonly Outgoing[]>
  /** Takes a name; a session that holds another one ends, and a new one begins. */
  setName(name: string): void
}

export function openPage(): Page {
  const connection = connectPage()
  const identity = createIdentity()
  return {
    api,
    connection,
    identity,
    preferences: createPreferences(),
    drafts: new Map(),
    unsent: new Map(),
    setName(name) {
      const isFirst = identity.get().chosen === null
      identity.choose(name)
      if (!isFirst) connection.renew()
    },
  }
}

export const PageContext = createContext<Page | undefined>(undefined)

export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('No page around this component')
  return page
}
