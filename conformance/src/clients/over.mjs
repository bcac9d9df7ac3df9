import { Inbox, play } from './play.mjs'

/**
 * Plays a client that is made over a socket and told everything by callbacks, as all of JavaScript's were once.
 *
 * @param over makes one for what `connect` was given
 * @param send sends one message, in the client's own order of arguments
 */
export async function playOver({ over, send }) {
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

  function connect(given) {
    return new Promise((resolve) => {
      client = over(given)
      client.onreceipt = ({ headers }) => receipts.get(headers['receipt-id'])?.()
      const connected = ({ headers }) => {
        for (const one of asked.values()) subscribe(one)
        resolve({ session: headers.session })
      }
      // It gets the ERROR frame, and something else when the connection is lost: pages connect again from here.
      const failed = (frame) => {
        if (frame.command === 'ERROR') inbox.push({ error: { message: frame.headers.message } })
        else if (given.recover) void connect(given)
        else inbox.push({ closed: true })
      }
      const { login, passcode } = given
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
        send(client, destination, { ...headers, ...added }, body)
      }),
    ack: ({ message, transaction }) => received[message].ack({ ...(transaction && { transaction }) }),
    nack: ({ message }) => received[message].nack(),
    begin: ({ transaction }) => void client.begin(transaction),
    commit: ({ transaction }) => client.commit(transaction),
    abort: ({ transaction }) => client.abort(transaction),
    next: () => inbox.next(),
    disconnect: () => new Promise((resolve) => client.disconnect(resolve)),
  })
}
