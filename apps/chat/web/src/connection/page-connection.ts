import { WEBSOCKET_PATH } from '../../../contract/index.js'
import { Connection } from './connection.js'
import { openStompLink } from './stomp-link.js'

/** Opens the page's connection and wakes it when the browser has reason to think that it can work again. */
export function connectPage(): Connection {
  const url = new URL(WEBSOCKET_PATH, location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  const connection = new Connection({
    openLink: (events) => openStompLink(url.href, events),
    hasNetwork: () => navigator.onLine,
  })
  window.addEventListener('online', () => connection.wake())
  window.addEventListener('offline', () => connection.networkLost())
  window.addEventListener('pageshow', (event) => event.persisted && connection.wake())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection.wake()
  })
  connection.connect()
  return connection
}
