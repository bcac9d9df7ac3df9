import { WebSocket } from 'ws'
import { playOver } from './over.mjs'

// Up to its version 4: `Stomp.over` a socket.
const LIBRARIES = { 4: () => import('stompjs-4'), 2: () => import('stompjs') }
const [, , major, ...protocols] = process.argv
const { default: Stomp } = await LIBRARIES[major]()

await playOver({
  over: ({ url, heartbeat: [outgoing, incoming] }) => {
    const client = Stomp.over(new WebSocket(url, protocols))
    client.debug = () => {}
    client.heartbeat = { outgoing, incoming }
    return client
  },
  send: (client, destination, headers, body) => client.send(destination, headers, body),
})
