import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

// What people write by hand: every message is sent to every socket in a loop. It speaks just enough STOMP for the same
// load to drive it: CONNECT is answered, SUBSCRIBE remembered, SEND goes to all that subscribed to its destination.
const rooms = new Map<string, Set<WebSocket>>()
function roomOf(frame: string): Set<WebSocket> {
  const [, destination = ''] = /\ndestination:(.*)/.exec(frame) ?? []
  let room = rooms.get(destination)
  if (room === undefined) rooms.set(destination, (room = new Set()))
  return room
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => {
  let room: Set<WebSocket> | undefined
  socket.on('close', () => room?.delete(socket))
  socket.on('message', (data) => {
    const text = (data as Buffer).toString()
    if (text.startsWith('CONNECT')) socket.send('CONNECTED\nversion:1.2\n\n\0')
    else if (text.startsWith('SUBSCRIBE')) {
      room = roomOf(text)
      room.add(socket)
      socket.send('RECEIPT\nreceipt-id:ready\n\n\0')
    } else if (text.startsWith('SEND')) {
      const body = text.slice(text.indexOf('\n\n') + 2)
      const message = `MESSAGE\nsubscription:sub-0\nmessage-id:1\ndestination:/topic/bench\n\n${body}`
      for (const one of roomOf(text)) one.send(message)
    }
  })
})
server.on('listening', () => console.log(`listening on ${(server.address() as AddressInfo).port}`))
