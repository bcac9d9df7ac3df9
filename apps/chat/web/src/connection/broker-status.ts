import { CHAT_STATUS, ChatStatus } from '../../../contract/index.js'
import { createStore, type Store } from '../store.js'
import { readAs } from '../wire.js'
import type { PageClient } from './client.js'

/** Whether what is said reaches everybody, as the server tells it in each session and whenever that changes. */
export function brokerStatus(client: Pick<PageClient, 'subscribe'>): Store<ChatStatus['broker']> {
  const store = createStore((_: ChatStatus['broker'], now: ChatStatus['broker']) => now, 'available')
  client.subscribe({ destination: CHAT_STATUS }, ({ body }) => {
    const status = readAs(ChatStatus, body)
    if (status !== undefined) store.dispatch(status.broker)
  })
  return store
}
