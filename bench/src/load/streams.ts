import { Link } from './link.js'
import type { Receive } from './link.js'
import { after } from './link.js'

/** Ends a response of chunks, whatever its last chunk was. */
const LAST_CHUNK = '0\r\n\r\n'

export interface StreamOptions {
  readonly port: number
  readonly path: string
  readonly id: number
  readonly destination: string
}

/** A SockJS session over xhr-streaming: one response that streams, asked for again on the same socket when it ends. */
export async function openStream(options: StreamOptions): Promise<Link> {
  const { port, path, id, destination } = options
  const base = `${path}/000/bench${id}`
  const request = Buffer.from(head(`${base}/xhr_streaming`, '', 'keep-alive'))
  const stream = await Link.open(port, [{ send: request, until: 'o\n' }])
  const until = (text: string): Promise<void> =>
    new Promise((resolve) => {
      let seen = ''
      stream.receive = (bytes, end) => {
        if ((seen += bytes.toString('latin1', 0, end)).includes(text)) resolve()
      }
    })
  const connected = until('CONNECTED')
  await send(port, base, 'CONNECT\naccept-version:1.2\nhost:bench\nheart-beat:0,0\n\n\0')
  await connected
  const subscribed = until('RECEIPT')
  await send(port, base, `SUBSCRIBE\nid:sub-0\ndestination:${destination}\nreceipt:ready\n\n\0`)
  await subscribed
  return stream
}

/** Asks for the next response as soon as one has ended. */
export function renewing(stream: Link, request: Buffer, receive: Receive): Receive {
  let tail = ''
  return (bytes, end) => {
    receive(bytes, end)
    // Nearly always the last five bytes stand together.
    if (end >= LAST_CHUNK.length) tail = bytes.toString('latin1', end - LAST_CHUNK.length, end)
    else tail = (tail + bytes.toString('latin1', 0, end)).slice(-LAST_CHUNK.length)
    if (tail === LAST_CHUNK) stream.socket.write(request)
  }
}

export function streamRequest({ path, id }: StreamOptions): Buffer {
  return Buffer.from(head(`${path}/000/bench${id}/xhr_streaming`, '', 'keep-alive'))
}

/** Sends one frame, on a connection of its own. */
async function send(port: number, base: string, frame: string): Promise<void> {
  const body = JSON.stringify([frame])
  const link = await Link.open(port, [
    { send: Buffer.from(head(`${base}/xhr_send`, body, 'close')), until: 'HTTP/1.1 20' },
  ])
  link.socket.destroy()
  await after(0)
}

function head(path: string, body: string, connection: string): string {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n` +
    `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
