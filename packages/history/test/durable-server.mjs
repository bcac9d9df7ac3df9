// A server as people run it, to be killed: `node durable-server.mjs sqlite history.db [port]`, or `postgres URL [port]`. Prints
// the port when it accepts.
import { postgresStore, sqliteStore } from '@stomping-ground/history'
import { allow, createStompServer, embeddedBroker } from 'stomping-ground'

const [kind, where, port = '0'] = process.argv.slice(2)
// One second: the faults of a test are short.
const store =
  kind === 'sqlite' ? sqliteStore({ file: where }) : postgresStore({ url: where, timeoutMs: 1_000 })
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
