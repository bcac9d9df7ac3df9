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
  if (typeof body === 'string') return messagesOf(body)
  if (body instanceof Uint8Array) return messagesOf(Buffer.from(body).toString())
  return strings(body)
}

/** The messages in the body of a `jsonp_send`: a form with the field `d`, or the array itself. @throws PayloadError */
export function jsonpMessages(body: unknown, contentType: string | undefined): readonly string[] {
  if (typeof body === 'object' && body !== null && 'd' in body) return xhrMessages(body.d)
  if (!contentType?.startsWith('application/x-www-form-urlencoded')) return xhrMessages(body)
  if (typeof body === 'object' && !(body instanceof Uint8Array)) throw missing()
  const form = new URLSearchParams(
    typeof body === 'string' ? body : Buffer.from(body as Uint8Array).toString(),
  )
  return messagesOf(form.get('d') ?? '')
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
