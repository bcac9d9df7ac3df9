import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'

// A room of socket.io: what a load publishes is broadcast to all that have joined.
const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
io.on('connection', (socket) => {
  socket.on('subscribe', (room: string, done: (...answer: unknown[]) => void) => {
    void socket.join(room)
    done('joined')
  })
  socket.on('publish', (room: string, body: string) => io.to(room).emit('message', body))
})
http.listen(0, '127.0.0.1', () => console.log(`listening on ${(http.address() as AddressInfo).port}`))
