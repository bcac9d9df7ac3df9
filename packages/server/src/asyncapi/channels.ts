import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { SchemaCollection } from './json-schema.js'

interface Channel {
  readonly address: string | null
  readonly description?: string
  readonly messages: Record<string, object>
  readonly parameters?: Readonly<Record<string, object>>
}

/** The channels of a document, and what the server does with each. */
export class Channels {
  readonly channels: Record<string, Channel> = {}
  readonly operations: Record<string, object> = {}
  readonly #schemas: SchemaCollection
  readonly #ids = new Map<string, string>()

  constructor(schemas: SchemaCollection) {
    this.#schemas = schemas
  }

  /** The server takes SENDs to it. */
  received(mapped: {
    readonly address: string
    readonly body: StandardSchemaV1 | undefined
    readonly reply: StandardSchemaV1 | undefined
    /** Patterns of the destinations that the result is sent to. */
    readonly resultGoesTo: readonly string[]
  }): void {
    const { address, body, reply, resultGoesTo } = mapped
    const id = this.#channel(address)
    this.#operation(`receive-${id}`, 'receive', id, 'sent', body, `the body of ${address}`, {
      summary: `SEND to ${address}`,
      ...(resultGoesTo.length > 0 && { description: `The result is sent to ${resultGoesTo.join(' and ')}.` }),
      ...(reply !== undefined && { reply: this.#reply(id, reply, address) }),
    })
  }

  /** The server sends to it. */
  sent(pattern: string, body: StandardSchemaV1): void {
    const id = this.#channel(pattern)
    this.#operation(`send-${id}`, 'send', id, 'message', body, pattern, {
      summary: `SUBSCRIBE to ${pattern}`,
    })
  }

  #operation(
    key: string,
    action: 'send' | 'receive',
    id: string,
    messageName: string,
    body: StandardSchemaV1 | undefined,
    of: string,
    more: object,
  ): void {
    this.channels[id]!.messages[messageName] ??= this.#message(body, of)
    this.operations[key] = {
      action,
      channel: { $ref: `#/channels/${id}` },
      messages: [{ $ref: `#/channels/${id}/messages/${messageName}` }],
      ...more,
    }
  }

  #reply(id: string, schema: StandardSchemaV1, address: string): object {
    const replies = `${id}-reply`
    this.channels[replies] = {
      address: null,
      description: 'Where the header reply-to of the request says.',
      messages: { reply: this.#message(schema, `the reply of ${address}`) },
    }
    return {
      address: { location: '$message.header#/reply-to' },
      channel: { $ref: `#/channels/${replies}` },
      messages: [{ $ref: `#/channels/${replies}/messages/reply` }],
    }
  }

  #message(body: StandardSchemaV1 | undefined, of: string): object {
    if (body === undefined) return {}
    return { contentType: 'application/json', payload: this.#schemas.refer(body, of) }
  }

  #channel(pattern: string): string {
    const known = this.#ids.get(pattern)
    if (known !== undefined) return known
    const { address, parameters } = expressionOf(pattern)
    const wanted = address.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-|-$/g, '')
    let id = wanted
    for (let i = 2; id in this.channels; i++) id = `${wanted}-${i}`
    this.#ids.set(pattern, id)
    this.channels[id] = {
      address,
      messages: {},
      ...(Object.keys(parameters).length > 0 && { parameters }),
    }
    return id
  }
}

/** A pattern as AsyncAPI writes it, which has names and no wildcards: `/a/{b}/*` is `/a/{b}/{segment2}`. */
function expressionOf(pattern: string): { address: string; parameters: Record<string, object> } {
  const parameters: Record<string, object> = {}
  const segments = pattern.split('/').map((segment, i) => {
    const named = /^\{(.+)\}$/.exec(segment)?.[1]
    if (named === undefined && segment !== '*' && segment !== '**') return segment
    const name = named?.replaceAll(/[^\w-]+/g, '_') ?? (segment === '**' ? 'rest' : `segment${i - 1}`)
    parameters[name] =
      segment === '**'
        ? { description: 'Any segments, with the slashes between them; or none.' }
        : { description: 'One segment.' }
    return `{${name}}`
  })
  return { address: segments.join('/'), parameters }
}
