import { Client, TickerStrategy, type IFrame, type IStompSocket } from '@stomp/stompjs'
import type { FrameRefusal, Link, LinkEvents } from './link.js'

/** Two missed heart-beats and a session is taken for dead. */
const HEARTBEAT_MS = 10_000
const GOODBYE_MS = 2_000

/** How the socket of a session is had. */
export interface Dial {
  /** From the first step to CONNECTED. */
  readonly connectTimeoutMs: number
  /** A socket that is about to open: nothing of it has happened when the promise is kept. */
  open(): Promise<IStompSocket>
}

/** Opens one STOMP session; never opens a second one by itself. */
export function openStompLink(dial: Dial, events: LinkEvents): Link {
  let over = false
  let socket: IStompSocket
  /** The receipt that each subscription was asked for with: when it is taken away, an ERROR names the subscription. */
  const receipts = new Map<string, string>()
  const client = new Client({
    async beforeConnect() {
      try {
        socket = await dial.open()
        if (over) socket.close()
      } catch {
        lost()
      }
    },
    webSocketFactory: () => socket,
    connectHeaders: { 'x-error-mode': 'keep' },
    heartbeatIncoming: HEARTBEAT_MS,
    heartbeatOutgoing: HEARTBEAT_MS,
    // Browsers slow the timers of a hidden page down to one a minute; those of a worker go on.
    heartbeatStrategy: TickerStrategy.Worker,
    // A cut cable answers no closing handshake.
    discardWebsocketOnCommFailure: true,
    reconnectDelay: 0,
    onConnect() {
      clearTimeout(deadline)
      report(() => events.opened())
    },
    onWebSocketClose: lost,
    onStompError: (frame) => report(() => events.refused(refusalOf(frame, receipts))),
    onUnhandledReceipt: (frame) =>
      report(() => events.receipt(frame.headers['receipt-id'] ?? '', frame.headers)),
    onHeartbeatReceived: () => report(() => events.alive()),
  })
  const deadline = setTimeout(lost, dial.connectTimeoutMs)
  function report(event: () => void): void {
    if (!over) event()
  }
  function lost(): void {
    if (over) return
    end({ force: true })
    events.closed()
  }
  function end(how: { readonly force: boolean }): void {
    over = true
    clearTimeout(deadline)
    void client.deactivate(how)
  }
  client.activate()
  return {
    subscribe(destination, receipt, onMessage, headers) {
      const subscription = client.subscribe(
        destination,
        (message) => {
          report(() => events.alive())
          report(() => onMessage(message.body, message.headers))
        },
        { ...headers, receipt },
      )
      receipts.set(subscription.id, receipt)
      return () => {
        receipts.delete(subscription.id)
        if (client.connected) subscription.unsubscribe()
      }
    },
    publish(destination, receipt, body) {
      const headers = { receipt, 'content-type': 'application/json' }
      client.publish({ destination, headers, body })
    },
    close(options = { now: false }) {
      end({ force: options.now })
      if (!options.now) setTimeout(() => void client.deactivate({ force: true }), GOODBYE_MS)
    },
  }
}

function refusalOf(frame: IFrame, receipts: ReadonlyMap<string, string>): FrameRefusal {
  const { code, message, subscription = '', 'receipt-id': receiptId } = frame.headers
  return {
    code: code ?? '',
    message: message ?? frame.body,
    receiptId: receiptId ?? receipts.get(subscription),
  }
}
