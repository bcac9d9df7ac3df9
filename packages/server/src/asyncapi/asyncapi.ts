import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { PathPattern } from '../path-pattern.js'
import { Channels } from './channels.js'
import { SchemaCollection } from './json-schema.js'
import type { JsonSchema, ToJsonSchema } from './json-schema.js'

/** What is asked of a message map: its mappings. */
export interface MappedMessages {
  /** Of SENDs. */
  readonly mappings: readonly MappedMessage[]
  /** Of SUBSCRIBEs. */
  readonly answers: readonly MappedAnswer[]
}

interface MappedMessage {
  readonly pattern: PathPattern
  readonly schema?: StandardSchemaV1 | undefined
  readonly reply?: StandardSchemaV1 | undefined
  readonly sendTo?: unknown
  readonly sendToUser?: unknown
  readonly sendToSession?: unknown
}

interface MappedAnswer {
  readonly pattern: PathPattern
  readonly reply: StandardSchemaV1
  readonly live?: unknown
}

/** What is asked of a destination, a user's own or not. */
export interface DescribedDestination {
  readonly pattern: string
  readonly schema: StandardSchemaV1
}

export interface AsyncApiServer {
  /** `wss://chat.example.com/stomp`, or `stomp://` and `stomps://` for TCP. */
  readonly url: string
  readonly description?: string
}

export interface AsyncApiOptions {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  /** By name: `{ production: { url: 'wss://chat.example.com/stomp' } }`. */
  readonly servers?: Readonly<Record<string, AsyncApiServer>>
  readonly messages?: readonly MappedMessages[]
  /** Those that no mapping names in its `sendTo` or `live`; those included that a function makes there. */
  readonly destinations?: readonly DescribedDestination[]
  /** Default `/app`. */
  readonly applicationPrefix?: string
  /** For schemas of libraries without Standard JSON Schema: valibot's `toJsonSchema`, say. */
  readonly jsonSchema?: ToJsonSchema
  /** AsyncAPI's security schemes, by name; each will do for each server: `{ login: { type: 'userPassword' } }`. */
  readonly security?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** An AsyncAPI 3 document, as JSON holds it. */
export interface AsyncApiDocument {
  readonly asyncapi: '3.0.0'
  readonly info: AsyncApiOptions['info']
  readonly defaultContentType: 'application/json'
  readonly servers: Readonly<Record<string, object>>
  readonly channels: Readonly<Record<string, object>>
  readonly operations: Readonly<Record<string, object>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly messages: Readonly<Record<string, object>>
    readonly securitySchemes: Readonly<Record<string, object>>
  }
}

/**
 * Describes a server for people and for tools of other languages: what it takes, what it sends, in what form. The
 * operations are the server's: it receives what clients SEND, and sends what they SUBSCRIBE to.
 *
 * @throws Error when a schema has no JSON schema, or a server's URL is none
 */
export function asyncApi(options: AsyncApiOptions): AsyncApiDocument {
  const { info, servers = {}, security = {}, applicationPrefix = '/app' } = options
  const schemas = new SchemaCollection(options.jsonSchema)
  const channels = new Channels(schemas)
  const maps = options.messages ?? []
  for (const mapping of maps.flatMap(({ mappings }) => mappings)) {
    describeMessage(channels, applicationPrefix, mapping)
  }
  for (const answer of maps.flatMap(({ answers }) => answers)) {
    describeAnswer(channels, applicationPrefix, answer)
  }
  for (const { pattern, schema } of options.destinations ?? []) channels.sent(pattern, schema)
  return {
    asyncapi: '3.0.0',
    info,
    defaultContentType: 'application/json',
    servers: Object.fromEntries(
      Object.entries(servers).map(([name, server]) => [name, serverObject(server, Object.keys(security))]),
    ),
    channels: channels.channels,
    operations: channels.operations,
    components: { schemas: schemas.byName, messages: channels.shared, securitySchemes: security },
  }
}

function describeMessage(channels: Channels, prefix: string, mapping: MappedMessage): void {
  const targets = [mapping.sendTo, mapping.sendToUser, mapping.sendToSession]
  const sent = targets.filter(isDestination)
  channels.received({
    address: prefix + mapping.pattern.source,
    body: mapping.schema,
    // What is sent is what the handler returns, and so is a reply.
    reply: mapping.reply ?? sent[0]?.schema,
    resultGoesTo: sent.map(({ pattern }) => pattern),
  })
  for (const { pattern, schema } of sent) channels.sent(pattern, schema)
}

function describeAnswer(channels: Channels, prefix: string, { pattern, reply, live }: MappedAnswer): void {
  const flow = isDestination(live) ? live : undefined
  channels.answered({
    address: prefix + pattern.source,
    snapshot: reply,
    live: flow,
    flows: live !== undefined,
  })
  if (flow !== undefined) channels.sent(flow.pattern, flow.schema)
}

/** Whether it is a destination, and not a function that makes an address. */
export function isDestination(value: unknown): value is DescribedDestination {
  if (typeof value !== 'object' || value === null) return false
  const { pattern, schema, to } = value as Readonly<Record<string, unknown>>
  return typeof pattern === 'string' && schema !== undefined && typeof to === 'function'
}

function serverObject({ url, description }: AsyncApiServer, security: readonly string[]): object {
  const { protocol, host, pathname } = new URL(url)
  return {
    host,
    protocol: protocol.slice(0, -1),
    ...(pathname !== '' && pathname !== '/' && { pathname }),
    protocolVersion: '1.2',
    ...(description !== undefined && { description }),
    ...(security.length > 0 && {
      security: security.map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
    }),
  }
}
