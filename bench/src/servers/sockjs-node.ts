import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'

/** What is used of sockjs-node, which has no types. */
interface SockJsNode {
  createServer(options: object): {
    on(event: 'connection', listener: (connection: SockJsConnection) => void): void
    installHandlers(server: object, options: object): void
  }
}
interface SockJsConnection {
  on(event: 'data', listener: (text: string) => void): void
  on(event: 'close', listener: () => void): void
  write(text: string): void
}

// A loop of `write` over sockjs-node, with just enough STOMP for the same load to drive it.
const sockjs = createRequire(import.meta.url)('sockjs') as SockJsNode
const subscribed = new Set<SockJsConnection>()
const service = sockjs.createServer({ log: () => {} })
service.on('connection', (connection) => {
  connection.on('close', () => subscribed.delete(connection))
  connection.on('data', (text) => {
    if (text.startsWith('CONNECT')) connection.write('CONNECTED\nversion:1.2\n\n\0')
    else if (text.startsWith('SUBSCRIBE')) {
      subscribed.add(connection)
      connection.write('RECEIPT\nreceipt-id:ready\n\n\0')
    } else if (text.startsWith('SEND')) {
      const body = text.slice(text.indexOf('\n\n') + 2)
      const message = `MESSAGE\nsubscription:sub-0\nmessage-id:1\ndestination:/topic/bench\n\n${body}`
      for (const one of subscribed) one.write(message)
    }
  })
})
const http = createServer()
service.installHandlers(http, { prefix: '/stomp' })
http.listen(0, '127.0.0.1', () => console.log(`listening on ${(http.address() as AddressInfo).port}`))
