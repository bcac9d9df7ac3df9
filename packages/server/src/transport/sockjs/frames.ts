import { frameHeader } from '../websocket-wire.js'
import { quote } from './quote.js'

/** How one transport of SockJS writes a frame: `open`, the frame's own text, `close`. All of it is ASCII. */
export interface Form {
  readonly open: string
  readonly close: string
  /** The frame's text for a place where it is not read as it is. Leaves `a`, `[`, `]` and `,` alone. */
  readonly inner: (content: string) => string
}

/** What carries a frame of so many bytes. */
export type Container = (frameBytes: number) => {
  readonly header: string | Uint8Array
  readonly trailer: string
}

const asItIs = (content: string): string => content
/** Inside a string literal of JavaScript; `<` too, because the literal may stand in HTML. */
const inScript = (content: string): string =>
  JSON.stringify(content)
    .slice(1, -1)
    .replaceAll('<', String.raw`\u003c`)

export const FORMS = {
  websocket: { open: '', close: '', inner: asItIs },
  xhr: { open: '', close: '\n', inner: asItIs },
  // sockjs-client decodes what an EventSource brings as a URI.
  eventsource: { open: 'data: ', close: '\r\n\r\n', inner: (content) => content.replaceAll('%', '%25') },
  htmlfile: { open: '<script>\np("', close: '");\n</script>\r\n', inner: inScript },
} as const satisfies Record<string, Form>

/** The comment in front keeps the answer from being taken for a Flash file, whatever the callback is called. */
export const jsonpForm = (callback: string): Form => ({
  open: `/**/${callback}("`,
  close: '");\r\n',
  inner: inScript,
})

/** One chunk of a response with `transfer-encoding: chunked` (RFC 9112 section 7.1). */
export const chunk: Container = (bytes) => ({ header: `${bytes.toString(16)}\r\n`, trailer: '\r\n' })
/** One text message of a WebSocket. */
export const textMessage: Container = (bytes) => ({ header: frameHeader(bytes, true), trailer: '' })
/** The same before RFC 6455: see `hixie.ts`. */
export const hixieMessage: Container = () => ({ header: '\0', trailer: '\u00ff' })
export const bare: Container = () => ({ header: '', trailer: '' })

/** The data of a chunk. */
export function unchunked(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(dataStart(bytes), bytes.length - 2)
}

export function unchunkedLength(bytes: Uint8Array): number {
  return bytes.length - 2 - dataStart(bytes)
}

function dataStart(bytes: Uint8Array): number {
  let digits = 1
  while (bytes[digits] !== CARRIAGE_RETURN) digits++
  return digits + 2
}

/** The array frame of these elements, each an encoded message or several with commas between. */
export function arrayFrame(
  form: Form,
  container: Container,
  elements: readonly Uint8Array[],
  bytes: number,
): Uint8Array {
  const before = `${form.open}a[`
  const after = `]${form.close}`
  const frameBytes = before.length + bytes + elements.length - 1 + after.length
  const { header, trailer } = container(frameBytes)
  const frame = Buffer.allocUnsafe(header.length + frameBytes + trailer.length)
  let at = put(frame, before, put(frame, header, 0))
  at = putJoined(frame, elements, at)
  put(frame, trailer, put(frame, after, at))
  return frame
}

/** A frame that is no array: `o`, `h` or `c[...]`. */
export function plainFrame(form: Form, container: Container, content: string): Uint8Array {
  const frame = Buffer.from(form.open + form.inner(content) + form.close)
  const { header, trailer } = container(frame.length)
  const bytes = Buffer.allocUnsafe(header.length + frame.length + trailer.length)
  put(bytes, trailer, put(bytes, frame, put(bytes, header, 0)))
  return bytes
}

/** The frame that ends a session, without what carries it. */
export function closeFrame(code: number, reason: string): string {
  return `c[${code},${quote(reason)}]`
}

/** Elements with commas between. */
export function joined(elements: readonly Uint8Array[], bytes: number): Uint8Array {
  if (elements.length === 1) return elements[0]!
  const list = Buffer.allocUnsafe(bytes + elements.length - 1)
  putJoined(list, elements, 0)
  return list
}

const COMMA = 0x2c
const CARRIAGE_RETURN = 0x0d

function putJoined(target: Buffer, elements: readonly Uint8Array[], from: number): number {
  let at = from
  for (let i = 0; i < elements.length; i++) {
    if (i > 0) target[at++] = COMMA
    at = put(target, elements[i]!, at)
  }
  return at
}

function put(target: Buffer, part: string | Uint8Array, at: number): number {
  if (typeof part === 'string') return at + target.write(part, at, 'latin1')
  target.set(part, at)
  return at + part.length
}
