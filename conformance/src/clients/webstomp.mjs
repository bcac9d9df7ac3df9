import webstomp from 'webstomp-client'
import { WebSocket } from 'ws'
import { playOver } from './over.mjs'

await playOver({
  over: ({ url, version, heartbeat: [outgoing, incoming] }) => {
    // The subprotocol that the server takes decides the version.
    const socket = new WebSocket(url, [`v${version.replace('.', '')}.stomp`])
    return webstomp.over(socket, { debug: false, heartbeat: { outgoing, incoming } })
  },
  send: (client, destination, headers, body) => client.send(destination, body, headers),
})
