import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { destination, messageMap } from 'stomping-ground'
import { z } from 'zod'
import { stompPlugin } from './stomp.js'

const Message = z.object({ text: z.string().min(1).max(500) })
const roomTopic = destination('/topic/rooms/{roomId}', z.object({ from: z.string(), text: z.string() }))

const messages = messageMap().message(
  '/rooms/{roomId}/messages',
  { body: Message, sendTo: ({ roomId }) => roomTopic.to({ roomId }) },
  ({ body, user }) => ({ from: user.name, text: body.text }),
)

/** Starts on a port of this machine; 0 takes a free one. */
export async function start(port: number) {
  const app = fastify()
  await app.register(stompPlugin, { path: '/stomp', sockjs: true, server: { messages: [messages] } })
  app.get('/', () => 'A page of yours\n')
  // HTTP and STOMP meet in the same room.
  app.post<{ Params: { roomId: string } }>('/rooms/:roomId/messages', async (request, reply) => {
    const { text } = Message.parse(request.body)
    await app.stomp.messaging.send(roomTopic.to({ roomId: request.params.roomId }), { from: 'http', text })
    return reply.code(202).send()
  })
  await app.listen({ port, host: '127.0.0.1' })
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
}
