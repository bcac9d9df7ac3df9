import { ClientError } from './errors.js'

export interface EncodedBody {
  readonly body: string | Uint8Array
  /** Left out where there is no body. */
  readonly contentType: string | undefined
}

/** Bytes as they are, `undefined` as no body, anything else as JSON. */
export function encodeBody(value: unknown): EncodedBody {
  if (value === undefined) return { body: '', contentType: undefined }
  if (value instanceof Uint8Array) return { body: value, contentType: 'application/octet-stream' }
  const json = JSON.stringify(value) as string | undefined
  if (json === undefined) throw new TypeError(`A message cannot hold ${typeof value}`)
  return { body: json, contentType: 'application/json' }
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * A body as its content type says: JSON, text or bytes. Where none is named: JSON where it is that, else text; `undefined`
 * where there is no body either.
 *
 * @throws ClientError `body-malformed`
 */
export function decodeBody(body: Uint8Array, contentType: string | undefined): unknown {
  if (contentType === undefined && body.length === 0) return undefined
  const mediaType = contentType?.split(';', 1)[0]!.trim().toLowerCase()
  const json = mediaType === undefined || mediaType === 'application/json' || mediaType.endsWith('+json')
  if (!json && !mediaType.startsWith('text/')) return body
  const text = malformedUnless(() => strictDecoder.decode(body))
  if (!json) return text
  if (mediaType !== undefined) return malformedUnless(() => JSON.parse(text) as unknown)
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function malformedUnless<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new ClientError('body-malformed', { cause })
  }
}

/** How many octets a text is in UTF-8. */
export function octets(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A pair of surrogates is two units and four octets.
    if (unit > 0x7f) count += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return count
}
