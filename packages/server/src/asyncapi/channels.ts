import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { SchemaCollection } from './json-schema.js'

interface Channel {
  readonly address: string | null
  readonly description?: string
  readonly messages: Record<string, object>
  readonly parameters?: Readonly<Record<string, object>>
}

const text = (description: string): object => ({ type: 'string', description })
const CORRELATION = { 'correlation-id': text('As the request had it.') }
const correlationId = { location: '$message.header#/correlation-id' }

/** What a SEND has that asks for a reply. */
const REQUEST = {
  headers: {
    type: 'object',
    properties: {
      'reply-to': text(
        'Asks for a reply: a /temp-queue/ of the client\u2019s own naming, or a /user/ destination.',
      ),
      'correlation-id': text('Comes back with the reply.'),
    },
  },
  correlationId,
}

const CORRELATED = { headers: { type: 'object', properties: CORRELATION }, correlationId }

/** What comes in place of a reply, to every request alike. */
const REFUSAL = {
  summary: 'The request was refused.',
  headers: {
    type: 'object',
    required: ['code', 'message'],
    properties: {
      code: text('Why, for programs: body-invalid, handler-failed, or one of the application\u2019s own.'),
      message: text('Why, for people.'),
      ...CORRELATION,
    },
  },
  correlationId,
  payload: {
    description: 'Text for people; or JSON with more, such as the issues of a body that is not valid.',
  },
}

/** The channels of a document, and what the server does with each. */
export class Channels {
  readonly channels: Record<string, Channel> = {}
  readonly operations: Record<string, object> = {}
  /** Messages that are the same in all channels. */
  readonly shared: Record<string, object> = {}
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
    const sent = this.#message(body, `the body of ${address}`)
    this.#operation(
      'receive',
      id,
      { sent: reply === undefined ? sent : { ...sent, ...REQUEST } },
      {
        summary: `SEND to ${address}`,
        ...(resultGoesTo.length > 0 && {
          description: `The result is sent to ${resultGoesTo.join(' and ')}.`,
        }),
        ...(reply !== undefined && { reply: this.#reply(id, reply, address) }),
      },
    )
  }

  /** The server answers SUBSCRIBEs to it: once, and then a flow may follow. */
  answered(mapped: {
    readonly address: string
    readonly snapshot: StandardSchemaV1
    /** The destination whose flow follows, where it is known. */
    readonly live: { readonly pattern: string; readonly schema: StandardSchemaV1 } | undefined
    /** Whether one follows at all. */
    readonly flows: boolean
  }): void {
    const { address, snapshot, live, flows } = mapped
    const id = this.#channel(address)
    const messages = {
      snapshot: this.#message(snapshot, `the snapshot of ${address}`),
      ...(live !== undefined && { live: this.#message(live.schema, live.pattern) }),
    }
    const follows = flows
      ? `the flow of ${live?.pattern ?? 'a destination that the server chooses'} follows under the same subscription`
      : 'nothing follows'
    this.#operation('send', id, messages, {
      summary: `SUBSCRIBE to ${address}`,
      description: `Answered with one message, the snapshot; then ${follows}.`,
    })
  }

  /** The server sends to it. */
  sent(pattern: string, body: StandardSchemaV1): void {
    const id = this.#channel(pattern)
    this.#operation(
      'send',
      id,
      { message: this.#message(body, pattern) },
      {
        summary: `SUBSCRIBE to ${pattern}`,
      },
    )
  }

  #operation(
    action: 'send' | 'receive',
    id: string,
    messages: Readonly<Record<string, object>>,
    more: object,
  ): void {
    for (const [name, message] of Object.entries(messages)) this.channels[id]!.messages[name] ??= message
    this.operations[`${action}-${id}`] = {
      action,
      channel: { $ref: `#/channels/${id}` },
      messages: Object.keys(messages).map((name) => ({ $ref: `#/channels/${id}/messages/${name}` })),
      ...more,
    }
  }

  #reply(id: string, schema: StandardSchemaV1, address: string): object {
    const replies = this.#free(`${id}-reply`)
    this.shared['refusal'] ??= REFUSAL
    this.channels[replies] = {
      address: null,
      description:
        'Where the header reply-to of the request says. A refusal has the header code; a reply has not.',
      messages: {
        reply: { ...this.#message(schema, `the reply of ${address}`), ...CORRELATED },
        refusal: { $ref: '#/components/messages/refusal' },
      },
    }
    return {
      address: { location: '$message.header#/reply-to' },
      channel: { $ref: `#/channels/${replies}` },
      messages: ['reply', 'refusal'].map((name) => ({ $ref: `#/channels/${replies}/messages/${name}` })),
    }
  }

  #message(body: StandardSchemaV1 | undefined, of: string): object {
    if (body === undefined) return {}
    return { contentType: 'application/json', payload: this.#schemas.refer(body, of) }
  }

  #free(wanted: string): string {
    let id = wanted
    for (let i = 2; id in this.channels; i++) id = `${wanted}-${i}`
    return id
  }

  #channel(pattern: string): string {
    const known = this.#ids.get(pattern)
    if (known !== undefined) return known
    const { address, parameters } = expressionOf(pattern)
    const id = this.#free(address.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-|-$/g, ''))
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
