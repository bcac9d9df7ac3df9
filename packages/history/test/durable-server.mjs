// A server as people run it, to be killed: `node durable-server.mjs history.db [port]`. Prints the port when it accepts.
import { sqliteStore } from '@stomping-ground/history'
import { allow, createStompServer, embeddedBroker } from 'stomping-ground'

const [file, port = '0'] = process.argv.slice(2)
const store = sqliteStore({ file })
const stomp = createStompServer({
  broker: embeddedBroker({ durable: store.queues }),
  history: { store, retain: [{ destination: '/topic/kept/**', count: 10_000_000 }] },
  permissions: {
    send: [allow('/topic/**'), allow('/queue/**')],
    subscribe: [allow('/topic/**'), allow('/queue/**')],
  },
})
await stomp.start()
const listener = await stomp.listenTcp({ port: Number(port) })
console.log(`listening on ${listener.port}`)
