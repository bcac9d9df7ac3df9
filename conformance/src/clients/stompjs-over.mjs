import { WebSocket } from 'ws'
import { Inbox, play } from './play.mjs'

// Up to its version 4: `Stomp.over` a socket.
const LIBRARIES = { 4: () => import('stompjs-4'), 2: () => import('stompjs') }
const [, , major, ...protocols] = process.argv
const { default: Stomp } = await LIBRARIES[major]()

const inbox = new Inbox()
const received = []
const asked = new Map()
const receipts = new Map()
let client

function subscribe({ destination, id, ack, headers }) {
  const take = (frame) => {
    received.push(frame)
    inbox.push({ message: { headers: frame.headers, body: frame.body } })
  }
  client.subscribe(destination, take, { ...headers, id, ack })
}

function connect({ url, login, passcode, heartbeat, recover }) {
  return new Promise((resolve) => {
    client = Stomp.over(new WebSocket(url, protocols))
    client.debug = () => {}
    client.heartbeat = { outgoing: heartbeat[0], incoming: heartbeat[1] }
    client.onreceipt = ({ headers }) => receipts.get(headers['receipt-id'])?.()
    const connected = ({ headers }) => {
      for (const one of asked.values()) subscribe(one)
      resolve({ session: headers.session })
    }
    // It gets the ERROR frame, and a text when the connection is lost: pages connect again from here.
    const failed = (frameOrText) => {
      if (typeof frameOrText !== 'string') inbox.push({ error: { message: frameOrText.headers.message } })
      else if (recover) void connect({ url, login, passcode, heartbeat, recover })
      else inbox.push({ closed: true })
    }
    client.connect({ login, passcode }, connected, failed)
  })
}

await play({
  connect,
  subscribe: (one) => {
    asked.set(one.id, one)
    subscribe(one)
  },
  unsubscribe: ({ id }) => {
    asked.delete(id)
    client.unsubscribe(id)
  },
  send: ({ destination, body, headers, transaction, receipt }) =>
    new Promise((resolve) => {
      const added = { ...(transaction && { transaction }), ...(receipt && { receipt }) }
      if (receipt) receipts.set(receipt, () => resolve({ receipt }))
      else resolve()
      client.send(destination, { ...headers, ...added }, body)
    }),
  ack: ({ message, transaction }) => received[message].ack({ ...(transaction && { transaction }) }),
  nack: ({ message }) => received[message].nack(),
  begin: ({ transaction }) => void client.begin(transaction),
  commit: ({ transaction }) => client.commit(transaction),
  abort: ({ transaction }) => client.abort(transaction),
  next: () => inbox.next(),
  disconnect: () => new Promise((resolve) => client.disconnect(resolve)),
})
