import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createStompServer } from 'stomping-ground'
import { messages, roomTopic } from './rooms.js'

/** Starts on a port of this machine; 0 takes a free one. */
export async function start(port: number) {
  const stomp = createStompServer({ messages: [messages] })

  const http = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/announcements') {
      void stomp.messaging.send(roomTopic.to({ roomId: 'lobby' }), { from: 'server', text: 'Announcement' })
      response.writeHead(202).end()
    } else {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('A page of yours\n')
    }
  })
  // Its requests do not reach the listener above; all others do.
  stomp.attach(http, { path: '/stomp', sockjs: true })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')

  return {
    port: (http.address() as AddressInfo).port,
    /** Sessions get their last messages and leave, those that poll by their next request; then the HTTP server. */
    close: async () => {
      await stomp.drain({ withinMs: 5_000 })
      http.close()
      http.closeAllConnections()
    },
  }
}
