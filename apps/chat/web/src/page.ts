import { createContext, useContext } from 'react'
import type { ChatStatus } from '../../contract/index.js'
import { AccountControl, type OtherTabs } from './account.js'
import { api, type Api } from './api.js'
import type { Client } from '@stomping-ground/client'
import { brokerStatus } from './connection/broker-status.js'
import { connectPage } from './connection/client.js'
import { Inbox } from './direct/inbox.js'
import { createIdentity, type IdentityStore } from './identity.js'
import { createPreferences, type PreferencesStore } from './preferences.js'
import { Outbox, type Transmit } from './outbox.js'
import { OwnIds } from './room/own-ids.js'
import { ReadPlaces } from './rooms/read-places.js'
import { Rooms } from './rooms/rooms.js'
import type { Store } from './store.js'

/** What lasts as long as the page, whatever it shows. */
export interface Page {
  readonly api: Api
  readonly client: Client
  /** Whether what is said reaches everybody. */
  readonly broker: Store<ChatStatus['broker']>
  readonly identity: IdentityStore
  readonly account: AccountControl
  /** Direct messages, whatever the page shows. */
  readonly inbox: Inbox
  /** The list of rooms, likewise. */
  readonly rooms: Rooms
  readonly preferences: PreferencesStore
  /** What this browser has sent. */
  readonly ownIds: OwnIds
  readonly readPlaces: ReadPlaces
  /** What was written in a conversation and not sent when it was left. */
  readonly drafts: Map<string, string>
  /** What was sent in a conversation: one outbox for each, by its key. */
  outbox(key: string, transmit: Transmit): Outbox
  /** Takes a name; a session that holds another one ends, and a new one begins. */
  setName(name: string): void
}

export function openPage(): Page {
  const client = connectPage()
  const broker = brokerStatus(client)
  const outboxes = new Map<string, Outbox>()
  broker.subscribe(() => {
    if (broker.get() !== 'available') return
    for (const outbox of outboxes.values()) outbox.retryRefused('broker-unavailable')
  })
  const identity = createIdentity({ asking: true })
  const readPlaces = new ReadPlaces({ client, identity })
  return {
    api,
    client,
    broker,
    identity,
    account: new AccountControl({ api, identity, client, tabs: otherTabs() }),
    inbox: new Inbox({ api, identity, client }),
    preferences: createPreferences(),
    ownIds: new OwnIds(),
    readPlaces,
    rooms: new Rooms({ api, client, identity, readPlaces }),
    drafts: new Map(),
    outbox(key, transmit) {
      const outbox = outboxes.get(key) ?? new Outbox(transmit)
      outboxes.set(key, outbox)
      return outbox
    },
    setName(name) {
      const isFirst = identity.get().chosen === null
      identity.choose(name)
      if (!isFirst) client.reconnect()
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
