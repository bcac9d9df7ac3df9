import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { allow, createStompServer, destination, messageMap } from 'stomping-ground'
import { z } from 'zod'

// The same message by three ways: straight to the broker, by a handler, and by a handler with a schema.
const bare = destination('/topic/bare', z.unknown())
const Entry = z.object({ room: z.string(), text: z.string(), at: z.number() })
const entries = destination('/topic/entries', Entry)
const messages = messageMap()
  .message('/bare', { sendTo: () => bare.to({}) }, ({ body }) => body)
  .message('/entries', { body: Entry, sendTo: () => entries.to({}) }, ({ body }) => body)

const stomp = createStompServer({ messages: [messages], permissions: { send: [allow('/topic/**')] } })
const http = createServer()
stomp.attach(http, { path: '/stomp' })
http.listen(0, '127.0.0.1', () => console.log(`listening on ${(http.address() as AddressInfo).port}`))
