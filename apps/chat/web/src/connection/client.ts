import { createClient, type Client } from '@stomping-ground/client'
import { STOMP_PATH, WEBSOCKET_PATH } from '../../../contract/index.js'
import { readSession, writeSession } from '../storage.js'
import { FALLBACK_TRANSPORTS, forcedTransport, SOCKJS_TIMEOUT_MS, sockJs } from './sockjs.js'

/** What a part of the page needs of the connection. */
export type PageClient = Pick<Client, 'connection' | 'onSession' | 'send' | 'subscribe'>

/** The page's one connection: over WebSocket, and over SockJS where that gets nowhere. */
export function connectPage(): Client {
  const url = new URL(STOMP_PATH, location.href).href
  const forced = forcedTransport(location.search)
  const way =
    forced === undefined
      ? {
          url: WEBSOCKET_PATH,
          fallback: {
            webSocketFactory: sockJs(url, FALLBACK_TRANSPORTS),
            connectTimeoutMs: SOCKJS_TIMEOUT_MS,
            memory: {
              read: () => Number(readSession('wschat.sockjs-first')),
              write: (untilMs: number) => writeSession('wschat.sockjs-first', String(untilMs)),
            },
          },
        }
      : { webSocketFactory: sockJs(url, [forced]), connectTimeoutMs: SOCKJS_TIMEOUT_MS }
  const client = createClient({
    ...way,
    // Whoever was signed out comes back as a guest, and whoever looks at the page wants it to work.
    mayReconnect: () => true,
  })
  void client.connect()
  return client
}
