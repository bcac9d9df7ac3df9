/** What is sent next when a connection is opened, and the text that the answer to it holds: empty where there is none. */
export interface Step {
  readonly send: Buffer
  readonly until: string
}

/** How a load speaks to a server. Its bytes are made before anything is measured. */
export interface Protocol {
  /** Opens a connection. */
  readonly open: readonly Step[]
  subscribe(id: string, destination: string, headers?: string): readonly Step[]
  publish(destination: string, body: Buffer): Buffer
}

type ProtocolName = 'stomp-websocket' | 'stomp-tcp' | 'socket.io' | 'upgrade-only'

export interface ProtocolOptions {
  readonly name: ProtocolName
  readonly port: number
  readonly path: string
  /** Login and passcode. */
  readonly login?: string | undefined
  /** Whether the server answers a SUBSCRIBE that asks for a receipt. Default true. */
  readonly receipts?: boolean | undefined
  /** What publishers say that their bodies are. Default `text/plain`. */
  readonly contentType?: string | undefined
}

export function protocolOf(options: ProtocolOptions): Protocol {
  const { name } = options
  if (name === 'stomp-tcp') return stomp(options, [], (frame) => Buffer.from(frame))
  if (name === 'stomp-websocket') return stomp(options, [upgrade(options)], textMessage)
  if (name === 'upgrade-only') return { ...socketIo(options), open: [upgrade(options)] }
  return socketIo(options)
}

function stomp(
  { login, receipts = true, contentType = 'text/plain' }: ProtocolOptions,
  before: readonly Step[],
  encode: (frame: string) => Buffer,
): Protocol {
  const credentials = login === undefined ? '' : `login:${login}\npasscode:${login}\n`
  const connect = `CONNECT\naccept-version:1.2,1.1\nhost:/\nheart-beat:0,0\n${credentials}\n\0`
  return {
    open: [...before, { send: encode(connect), until: 'CONNECTED' }],
    subscribe: (id, destination, headers = '') => [
      {
        send: encode(`SUBSCRIBE\nid:${id}\ndestination:${destination}\nreceipt:ready\n${headers}\n\0`),
        until: receipts ? 'RECEIPT' : '',
      },
    ],
    publish: (destination, body) =>
      encode(`SEND\ndestination:${destination}\ncontent-type:${contentType}\n\n${body.toString('latin1')}\0`),
  }
}

function socketIo(options: ProtocolOptions): Protocol {
  return {
    open: [
      { ...upgrade(options), until: '0{' },
      { send: textMessage('40'), until: '40{' },
    ],
    subscribe: (_id, destination) => [
      { send: textMessage(`420["subscribe",${JSON.stringify(destination)}]`), until: '430[' },
    ],
    publish: (destination, body) =>
      textMessage(`42["publish",${JSON.stringify(destination)},"${body.toString('latin1')}"]`),
  }
}

function upgrade({ port, path, name }: ProtocolOptions): Step {
  const offered = name === 'stomp-websocket' ? 'Sec-WebSocket-Protocol: v12.stomp\r\n' : ''
  const lines =
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${offered}\r\n`
  return { send: Buffer.from(lines), until: '\r\n\r\n' }
}

/** A client's WebSocket frame, masked with a key of zeros: the payload stays as it is. */
export function textMessage(text: string): Buffer {
  const payload = Buffer.from(text)
  const { length } = payload
  const header =
    length < 126 ? Buffer.of(0x81, 0x80 | length) : Buffer.of(0x81, 0x80 | 126, length >> 8, length & 255)
  return Buffer.concat([header, Buffer.alloc(4), payload])
}
