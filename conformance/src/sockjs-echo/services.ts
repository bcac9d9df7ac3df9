import type { Server } from 'node:http'
import { Endpoint, mount } from 'stomping-ground/transport'
import type { Accept, Connection, ConnectionHandler, SockJsOptions } from 'stomping-ground/transport'

/** Sends each message back as it came. */
const echo: Accept = (connection) => ({
  received(message) {
    // Nothing is a sign of life, no message.
    if (message.length > 0) send(connection, message)
  },
  drained() {},
  closed() {},
})

/** Closes at once. */
const close: Accept = (connection) => {
  connection.close({ name: 'close', closeCode: 3000, text: 'Go away!', reconnect: true })
  return silent
}

const silent: ConnectionHandler = { received() {}, drained() {}, closed() {} }

function send(connection: Connection, message: Uint8Array): void {
  const { wire } = connection
  const element = wire.element('', message, true)
  connection.write(wire.batch([element], element.length))
}

/** What the protocol's test suite expects, so that it reaches the limit of a stream soon. */
const STREAM_BYTES = 4_096

const SERVICES: readonly (readonly [path: string, accept: Accept, options: SockJsOptions])[] = [
  ['/echo', echo, {}],
  ['/disabled_websocket_echo', echo, { websocket: false }],
  ['/cookie_needed_echo', echo, { sessionCookie: true }],
  ['/close', close, {}],
]

/** Mounts the services that SockJS's own protocol tests talk to: the transports alone, without STOMP. */
export function mountServices(server: Server): void {
  for (const [path, accept, options] of SERVICES) {
    const sockjs = { streamBytes: STREAM_BYTES, ...options }
    mount(server, new Endpoint({ path, accept, origins: ['*'], sockjs }))
  }
}

export const PATHS: readonly string[] = SERVICES.map(([path]) => path)
