import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allow, createStompServer, relay } from 'stomping-ground'

// A node with a broker behind: what browsers send goes there, and comes back to all who are subscribed here.
const all = [allow('/**')]
const stomp = createStompServer({
  broker: relay({ url: process.env['BROKER_URL']! }),
  permissions: { send: all, subscribe: all },
})
await stomp.start()
const http = createServer()
stomp.attach(http, { path: '/stomp' })
http.listen(0, '127.0.0.1', () => console.log(`listening on ${(http.address() as AddressInfo).port}`))
