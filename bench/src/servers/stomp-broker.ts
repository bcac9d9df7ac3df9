import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'

/** What is used of stomp-broker-js, which has no types of its own that compile. */
type StompBroker = new (options: { server: object; path: string; heartbeat: [number, number] }) => object

const StompServer = createRequire(import.meta.url)('stomp-broker-js') as StompBroker
const http = createServer()
const broker = new StompServer({ server: http, path: '/stomp', heartbeat: [0, 0] })
http.listen(0, '127.0.0.1', () => {
  console.log(`listening on ${(http.address() as AddressInfo).port}`, broker.constructor.name)
})
