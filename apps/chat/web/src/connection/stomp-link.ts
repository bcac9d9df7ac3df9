import { Client, TickerStrategy, type IFrame } from '@stomp/stompjs'
import type { FrameRefusal, Link, LinkEvents } from './link.js'

/** Two missed heart-beats and a session is taken for dead. */
const HEARTBEAT_MS = 10_000
const CONNECT_TIMEOUT_MS = 10_000
const GOODBYE_MS = 2_000

/** Opens one STOMP session over a WebSocket; never opens a second one by itself. */
export function openStompLink(url: string, events: LinkEvents): Link {
  let over = false
  const client = new Client({
    brokerURL: url,
    connectHeaders: { 'x-error-mode': 'keep' },
    heartbeatIncoming: HEARTBEAT_MS,
    heartbeatOutgoing: HEARTBEAT_MS,
    // Browsers slow the timers of a hidden page down to one a minute; those of a worker go on.
    heartbeatStrategy: TickerStrategy.Worker,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    // A cut cable answers no closing handshake.
    discardWebsocketOnCommFailure: true,
    reconnectDelay: 0,
    onConnect: () => report(() => events.opened()),
    onWebSocketClose: () => {
      report(() => events.closed())
      over = true
      void client.deactivate({ force: true })
    },
    onStompError: (frame) => report(() => events.refused(refusalOf(frame))),
    onUnhandledReceipt: (frame) => report(() => events.receipt(frame.headers['receipt-id'] ?? '')),
    onHeartbeatReceived: () => report(() => events.alive()),
  })
  function report(event: () => void): void {
    if (!over) event()
  }
  client.activate()
  return {
    subscribe(destination, receipt, onBody) {
      const subscription = client.subscribe(
        destination,
        (message) => {
          report(() => events.alive())
          report(() => onBody(message.body))
        },
        { receipt },
      )
      return () => {
        if (client.connected) subscription.unsubscribe()
      }
    },
    publish(destination, receipt, body) {
      const headers = { receipt, 'content-type': 'application/json' }
      client.publish({ destination, headers, body })
    },
    close(options = { now: false }) {
      over = true
      if (!options.now) {
        void client.deactivate()
        setTimeout(() => void client.deactivate({ force: true }), GOODBYE_MS)
      } else void client.deactivate({ force: true })
    },
  }
}

function refusalOf(frame: IFrame): FrameRefusal {
  const { code, message, 'receipt-id': receiptId } = frame.headers
  return { code: code ?? '', message: message ?? frame.body, receiptId }
}
