import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import next from 'next'
import { createStompServer, destination, messageMap } from 'stomping-ground'
import { z } from 'zod'

const Message = z.object({ text: z.string().min(1).max(500) })
const roomTopic = destination('/topic/rooms/{roomId}', z.object({ from: z.string(), text: z.string() }))

const messages = messageMap().message(
  '/rooms/{roomId}/messages',
  { body: Message, sendTo: ({ roomId }) => roomTopic.to({ roomId }) },
  ({ body, user }) => ({ from: user.name, text: body.text }),
)

/** Starts on a port of this machine; 0 takes a free one. */
export async function start(port: number) {
  const stomp = createStompServer({ messages: [messages] })
  // Route handlers are bundled apart from this file: what they need of it is handed over here.
  Object.assign(globalThis, { messaging: stomp.messaging })

  const http = createServer()
  const dev = process.env['NODE_ENV'] !== 'production'
  const app = next({ dev, dir: fileURLToPath(new URL('..', import.meta.url)), httpServer: http })
  await app.prepare()
  const handle = app.getRequestHandler()
  http.on('request', (request, response) => void handle(request, response))
  // In front of Next, which would end every WebSocket that is not its own.
  stomp.attach(http, { path: '/stomp', sockjs: true })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')

  return {
    port: (http.address() as AddressInfo).port,
    close: async () => {
      await stomp.drain({ withinMs: 5_000 })
      http.close()
      http.closeAllConnections()
      await app.close()
    },
  }
}
