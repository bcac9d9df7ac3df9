import { decodeBody } from './body.js'
import { ClientError } from './errors.js'
import type { Headers } from './link.js'

/** A refusal from its frame, an ERROR or an answer that is one: the headers `code` and `message`, and data where it is JSON. */
export function serverError(headers: Headers, body: Uint8Array): ClientError {
  const { code = 'error', 'content-type': contentType } = headers
  const said = decoded(body, contentType)
  const text = typeof said === 'string' ? said : undefined
  const message = headers['message'] ?? text ?? code
  return new ClientError(code, { by: 'server', message, data: text === undefined ? said : undefined })
}

/** Brokers say all kinds of things: what cannot be read is left out. */
function decoded(body: Uint8Array, contentType: string | undefined): unknown {
  try {
    return decodeBody(body, contentType)
  } catch {
    return undefined
  }
}
