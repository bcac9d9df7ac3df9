import { createContext, useContext } from 'react'
import { AccountControl, type OtherTabs } from './account.js'
import { api, type Api } from './api.js'
import type { Connection } from './connection/connection.js'
import { connectPage } from './connection/page-connection.js'
import { Inbox } from './direct/inbox.js'
import { createIdentity, type IdentityStore } from './identity.js'
import { createPreferences, type PreferencesStore } from './preferences.js'
import type { Outgoing } from './room/outgoing.js'
import { OwnIds } from './room/own-ids.js'
import { createReadPlaces, type ReadPlaces } from './room/read-places.js'

/** What lasts as long as the page, whatever it shows. */
export interface Page {
  readonly api: Api
  readonly connection: Connection
  readonly identity: IdentityStore
  readonly account: AccountControl
  /** Direct messages, whatever the page shows. */
  readonly inbox: Inbox
  readonly preferences: PreferencesStore
  /** What this browser has sent, and what it has read. */
  readonly ownIds: OwnIds
  readonly readPlaces: ReadPlaces
  /** What was written in a room and not sent when it was left. */
  readonly drafts: Map<string, string>
  readonly unsent: Map<string, readonly Outgoing[]>
  /** Takes a name; a session that holds another one ends, and a new one begins. */
  setName(name: string): void
}

export function openPage(): Page {
  const connection = connectPage()
  const identity = createIdentity({ asking: true })
  return {
    api,
    connection,
    identity,
    account: new AccountControl({ api, identity, connection, tabs: otherTabs() }),
    inbox: new Inbox({ api, identity, connection }),
    preferences: createPreferences(),
    ownIds: new OwnIds(),
    readPlaces: createReadPlaces(),
    drafts: new Map(),
    unsent: new Map(),
    setName(name) {
      const isFirst = identity.get().chosen === null
      identity.choose(name)
      if (!isFirst) connection.renew()
    },
  }
}

function otherTabs(): OtherTabs {
  const channel = new BroadcastChannel('wschat.account')
  return {
    tell: () => channel.postMessage('changed'),
    onTold: (listener) => channel.addEventListener('message', listener),
  }
}

export const PageContext = createContext<Page | undefined>(undefined)

export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('No page around this component')
  return page
}
