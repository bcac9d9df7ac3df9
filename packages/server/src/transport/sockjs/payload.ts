import type { IncomingMessage } from 'node:http'

/** What a request that sends cannot be answered with: sockjs-protocol names the texts. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const missing = (): PayloadError => new PayloadError(500, 'Payload expected.')

/** The messages of a JSON array of strings. @throws PayloadError */
function messagesOf(json: string): readonly string[] {
  if (json === '') throw missing()
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw new PayloadError(500, 'Broken JSON encoding.')
  }
  return strings(value)
}

function strings(value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw missing()
  return value
}

/** The messages in the body of an `xhr_send`, read here or by a body parser in front. @throws PayloadError */
export function xhrMessages(body: unknown): readonly string[] {
  const text = textOf(body)
  return text === undefined ? strings(body) : messagesOf(text)
}

/** The messages in the body of a `jsonp_send`: a form with the field `d`, or the array itself. @throws PayloadError */
export function jsonpMessages(body: unknown, contentType = ''): readonly string[] {
  const text = textOf(body)
  if (text !== undefined && contentType.startsWith('application/x-www-form-urlencoded')) {
    return messagesOf(new URLSearchParams(text).get('d') ?? '')
  }
  return xhrMessages(typeof body === 'object' && body !== null && 'd' in body ? body.d : body)
}

function textOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body
  if (!(body instanceof Uint8Array)) return undefined
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString()
}

/**
 * Reads the body of a request, or takes the one that a body parser in front has read and left as `request.body`. Calls
 * back once; not at all when the request is cut.
 *
 * @param mostBytes past it the rest stays unread, and there is a PayloadError in place of the body
 */
export function readBody(request: IncomingMessage, mostBytes: number, done: (body: unknown) => void): void {
  if (request.readableEnded) return done((request as { body?: unknown }).body)
  const tooLarge = (): void => done(new PayloadError(413, `More than ${mostBytes} bytes.`))
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  const read = (chunk: Buffer): void => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes <= mostBytes) return
    request.off('data', read).off('end', end).pause()
    tooLarge()
  }
  const end = (): void => done(Buffer.concat(chunks, bytes))
  request.on('data', read).on('end', end)
}
