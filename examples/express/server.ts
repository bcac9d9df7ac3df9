import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
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

  const app = express()
  app.use(express.json(), express.text({ type: '*/*' }))
  app.get('/', (_, response) => void response.send('A page of yours\n'))
  // HTTP and STOMP meet in the same room.
  app.post('/rooms/:roomId/messages', async (request, response) => {
    const { text } = Message.parse(request.body)
    await stomp.messaging.send(roomTopic.to({ roomId: request.params.roomId }), { from: 'http', text })
    response.status(202).end()
  })

  // Not `app.listen`: the server is what STOMP is attached to. It stands in front of the app, so no body parser, helmet
  // or catch-all route of yours sees its requests.
  const http = createServer(app)
  stomp.attach(http, { path: '/stomp', sockjs: true })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')

  return {
    port: (http.address() as AddressInfo).port,
    close: async () => {
      await stomp.drain({ withinMs: 5_000 })
      http.close()
      http.closeAllConnections()
    },
  }
}
