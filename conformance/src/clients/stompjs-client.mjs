import { WebSocket } from 'ws'
import { Inbox, play } from './play.mjs'

// Since its version 5: the class `Client`. Older ones are CommonJS.
const LIBRARIES = {
  7: () => import('@stomp/stompjs'),
  6: () => import('stompjs-6'),
  5: () => import('stompjs-5'),
}
const library = await LIBRARIES[process.argv[2]]()
const { Client, Versions } = library.default ?? library

const inbox = new Inbox()
const received = []
const asked = new Map()
const subscriptions = new Map()
let client

function subscribe({ destination, id, ack, headers }) {
  const take = (message) => {
    received.push(message)
    inbox.push({ message: { headers: message.headers, body: message.body } })
  }
  subscriptions.set(id, client.subscribe(destination, take, { ...headers, id, ack }))
}

await play({
  connect: ({ url, version, login, passcode, heartbeat, recover }) =>
    new Promise((resolve) => {
      const stompVersions = new Versions([version])
      client = new Client({
        webSocketFactory: () => new WebSocket(url, stompVersions.protocolVersions()),
        stompVersions,
        connectHeaders: { login, passcode },
        heartbeatOutgoing: heartbeat[0],
        heartbeatIncoming: heartbeat[1],
        reconnectDelay: recover ? 50 : 0,
        onConnect: ({ headers }) => {
          for (const one of asked.values()) subscribe(one)
          resolve({ session: headers.session })
        },
        onStompError: ({ headers }) => inbox.push({ error: { message: headers.message } }),
        onWebSocketClose: () => {
          if (!recover) inbox.push({ closed: true })
        },
      })
      client.activate()
    }),
  subscribe: (one) => {
    asked.set(one.id, one)
    subscribe(one)
  },
  unsubscribe: ({ id }) => {
    asked.delete(id)
    subscriptions.get(id).unsubscribe()
  },
  send: ({ destination, body, headers, transaction, receipt }) =>
    new Promise((resolve) => {
      const added = { ...(transaction && { transaction }), ...(receipt && { receipt }) }
      if (receipt) {
        client.watchForReceipt(receipt, (frame) => resolve({ receipt: frame.headers['receipt-id'] }))
      } else resolve()
      client.publish({ destination, body, headers: { ...headers, ...added } })
    }),
  ack: ({ message, transaction }) => received[message].ack(transaction && { transaction }),
  nack: ({ message }) => received[message].nack(),
  begin: ({ transaction }) => void client.begin(transaction),
  commit: ({ transaction }) => client.commit(transaction),
  abort: ({ transaction }) => client.abort(transaction),
  next: () => inbox.next(),
  disconnect: () => client.deactivate(),
})
