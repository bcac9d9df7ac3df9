import { isUtf8 } from 'node:buffer'
import { utf8Decode, utf8Encode } from '@stomping-ground/codec'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'

const JSON_TYPE = 'application/json'

/** A payload as bytes, and the content type that says how. */
export interface EncodedBody {
  readonly body: Uint8Array
  readonly contentType: string
}

/** Bytes as they are, a string as text, anything else as JSON. `undefined` and functions have no JSON: TypeError. */
export function encodeBody(payload: unknown): EncodedBody {
  if (payload instanceof Uint8Array) return { body: payload, contentType: 'application/octet-stream' }
  if (typeof payload === 'string')
    return { body: utf8Encode(payload), contentType: 'text/plain;charset=utf-8' }
  return encodeJson(payload)
}

export function encodeJson(payload: unknown): EncodedBody {
  const json = JSON.stringify(payload) as string | undefined
  if (json === undefined) throw new TypeError(`A message cannot hold ${typeof payload}`)
  // From Buffer's pool: for a short text an encoder costs several times as much.
  return { body: Buffer.from(json), contentType: JSON_TYPE }
}

/**
 * A body as its content type says: JSON (also where none is named: old pages name none), text, or bytes. `undefined`
 * where there is neither a body nor a content type.
 *
 * @throws StompError `body-malformed`, or `content-type-unsupported` for text of another charset than UTF-8
 */
export function decodeBody(message: Message): unknown {
  const contentType = message.headers.get('content-type')
  if (contentType === undefined && message.body.length === 0) return undefined
  const form = contentType === undefined || contentType === JSON_TYPE ? 'json' : formOf(contentType)
  if (form === 'bytes') return message.body
  if (!isUtf8(message.body)) throw new StompError('body-malformed', 'The body is no UTF-8.')
  const text = utf8Decode(message.body)
  if (form === 'text') return text
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new StompError('body-malformed', 'The body is no JSON.', { cause })
  }
}

/** @throws StompError `content-type-unsupported` */
function formOf(contentType: string): 'json' | 'text' | 'bytes' {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  const charset =
    parameters.map((one) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(one)?.[1]).find(Boolean) ?? 'utf-8'
  const mediaType = type.trim()
  const json = mediaType === JSON_TYPE || mediaType.endsWith('+json')
  if (!json && !mediaType.startsWith('text/')) return 'bytes'
  if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new StompError('content-type-unsupported', `The charset ${charset} is not supported here: utf-8.`)
  }
  return json ? 'json' : 'text'
}

/** Issues that a refusal lists. */
const MOST_ISSUES = 100

/** @throws StompError `body-invalid` whose data lists the issues: `{ issues: [{ path: ['tags', 0], message }] }` */
export function validateBody(schema: StandardSchemaV1, value: unknown): Awaitable<unknown> {
  return next(schema['~standard'].validate(value), (result) => {
    if (result.issues === undefined) return result.value
    const issues = result.issues.slice(0, MOST_ISSUES).map(({ path = [], message }) => ({
      path: path.map((part) => plainKey(typeof part === 'object' ? part.key : part)),
      message,
    }))
    const first = issues[0]
    const where = first === undefined ? '' : `: ${first.path.join('.') || 'body'}: ${first.message}`
    throw new StompError('body-invalid', `The body is not of the form that the handler takes${where}`, {
      data: { issues },
    })
  })
}

function plainKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key
}
