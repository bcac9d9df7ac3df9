import stompit from 'stompit'
import { Inbox, play } from './play.mjs'

const inbox = new Inbox()
const received = []
const subscriptions = new Map()
const transactions = new Map()
/** A client, or a channel: it keeps a client connected and subscribes again. */
let peer

function connectHeaders({ version, login, passcode, heartbeat }) {
  const always = { host: 'localhost', login, passcode, 'heart-beat': heartbeat.join(',') }
  return { ...always, 'accept-version': version }
}

function connect(given) {
  const { host, port } = given
  // Its own patience is 3 s for a connection and 0.1 s for a heart-beat; here the test decides.
  const patience = { timeout: 60_000, heartbeatDelayMargin: 5_000 }
  const server = { host, port, connectHeaders: connectHeaders(given), ...patience }
  return new Promise((resolve, reject) => {
    if (given.recover) {
      const failover = new stompit.ConnectFailover([server])
      failover.once('connect', () => resolve())
      peer = new stompit.Channel(failover, { alwaysConnected: true })
      return
    }
    stompit.connect(server, (error, client) => {
      if (error) return reject(error)
      peer = client
      client.on('error', (failure) => {
        if (failure.isApplicationError()) inbox.push({ error: { message: failure.message } })
        inbox.push({ closed: true })
      })
      return resolve({ session: client.headers.session })
    })
  })
}

function take(error, message) {
  if (error) return
  const { headers } = message
  received.push(message)
  message.readString('utf-8', (failure, body) => {
    if (!failure) inbox.push({ message: { headers, body } })
  })
}

await play({
  connect,
  subscribe: ({ destination, id, ack, headers }) =>
    void subscriptions.set(id, peer.subscribe({ ...headers, destination, id, ack }, take)),
  unsubscribe: ({ id }) => subscriptions.get(id).unsubscribe(),
  send: ({ destination, body, headers, transaction, receipt }) =>
    new Promise((resolve) => {
      const sender = transaction ? transactions.get(transaction) : peer
      // It names the receipts itself.
      const options = receipt ? { onReceipt: () => resolve({ receipt: true }) } : {}
      const frame = sender.send(
        { ...headers, destination, 'content-length': Buffer.byteLength(body) },
        options,
      )
      frame.end(body)
      if (!receipt) resolve()
    }),
  ack: ({ message, transaction }) => peer.ack(received[message], { ...(transaction && { transaction }) }),
  nack: ({ message }) => peer.nack(received[message]),
  begin: ({ transaction }) => void transactions.set(transaction, peer.begin(transaction)),
  commit: ({ transaction }) => transactions.get(transaction).commit(),
  abort: ({ transaction }) => transactions.get(transaction).abort(),
  next: () => inbox.next(),
  disconnect: () =>
    new Promise((resolve, reject) => peer.disconnect((error) => (error ? reject(error) : resolve()))),
})
