import { Versions } from '@stomp/stompjs'
import { STOMP_PATH, WEBSOCKET_PATH } from '../../../contract/index.js'
import { readSession, writeSession } from '../storage.js'
import { Connection } from './connection.js'
import { withFallback } from './fallback.js'
import type { OpenLink } from './link.js'
import { FALLBACK_TRANSPORTS, forcedTransport, sockJs, type SockJsTransport } from './sockjs.js'
import { openStompLink, type Dial } from './stomp-link.js'

/** What a person waits at most before the page tries another way. */
const WEBSOCKET_TIMEOUT_MS = 5_000

/** Opens the page's connection and wakes it when the browser has reason to think that it can work again. */
export function connectPage(): Connection {
  const connection = new Connection({ openLink: wayIn(), hasNetwork: () => navigator.onLine })
  window.addEventListener('online', () => connection.wake())
  window.addEventListener('offline', () => connection.networkLost())
  window.addEventListener('pageshow', (event) => event.persisted && connection.wake())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') connection.wake()
  })
  connection.connect()
  return connection
}

function wayIn(): OpenLink {
  const url = new URL(STOMP_PATH, location.href).href
  const overSockJs =
    (transports: readonly SockJsTransport[]): OpenLink =>
    (events) =>
      openStompLink(sockJs(url, transports), events)
  const forced = forcedTransport(location.search)
  if (forced !== undefined) return overSockJs([forced])
  return withFallback({
    webSocket: (events) => openStompLink(webSocket, events),
    sockJs: overSockJs(FALLBACK_TRANSPORTS),
    sockJsFirst: {
      read: () => Number(readSession('wschat.sockjs-first')),
      write: (untilMs) => writeSession('wschat.sockjs-first', String(untilMs)),
    },
  })
}

const webSocket: Dial = {
  connectTimeoutMs: WEBSOCKET_TIMEOUT_MS,
  async open() {
    const url = new URL(WEBSOCKET_PATH, location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    return new WebSocket(url, Versions.default.protocolVersions())
  },
}
