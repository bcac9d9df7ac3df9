import { Client } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import { onTestFinished } from 'vitest'

/** @stomp/stompjs over sockjs-client by one transport, connected. */
export async function connect(url: string, transport: string): Promise<Client> {
  const client = new Client({
    webSocketFactory: () => new SockJS(url, null, { transports: transport }),
    reconnectDelay: 0,
  })
  onTestFinished(() => client.deactivate({ force: true }))
  await new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve()
    client.onStompError = ({ body }) => reject(new Error(body))
    client.onWebSocketClose = (event) => reject(new Error(JSON.stringify(event)))
    client.activate()
  })
  return client
}
