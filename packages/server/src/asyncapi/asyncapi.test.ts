import { Parser } from '@asyncapi/parser'
import { toJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { destination, userDestination } from '../contract.js'
import { messageMap } from '../messaging/message-map.js'
import { asyncApi } from './asyncapi.js'
import type { AsyncApiDocument, AsyncApiOptions } from './asyncapi.js'

const info = { title: 'A chat', version: '1.0.0' }
const Said = z.object({ from: z.string(), text: z.string() }).meta({ title: 'Said' })
const rooms = destination('/topic/rooms/{roomId}', Said)
const errors = userDestination('/queue/errors', z.object({ code: z.string() }))
const messages = messageMap()
  .message('/rooms/{roomId}/messages', { body: z.object({ text: z.string().max(500) }) }, () => {})
  .message('/ping', {}, () => {})

/** What the official parser complains of, and the document as it understands it. */
async function parsed(document: AsyncApiDocument) {
  const { document: understood, diagnostics } = await new Parser().parse(JSON.stringify(document))
  const complaints = diagnostics
    // There are warnings for what a document might say besides: a licence, contacts, tags, the latest version.
    .filter(({ severity }) => (severity as number) === 0)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
  expect(complaints).toEqual([])
  return understood!
}

const describing = (options: Omit<AsyncApiOptions, 'info'>): AsyncApiDocument =>
  asyncApi({ info, ...options })

const schemasOf = ({ components }: AsyncApiDocument) => components.schemas

describe('the document', () => {
  test('tells a client where to connect, what to send and what to subscribe to', async () => {
    const document = await parsed(
      describing({
        servers: {
          web: { url: 'wss://chat.example.com/stomp', description: 'For pages' },
          tcp: { url: 'stomp://chat.example.com:61613' },
        },
        security: { login: { type: 'userPassword', description: 'login and passcode of CONNECT' } },
        messages: [messages],
        destinations: [rooms, errors],
      }),
    )
    expect(
      document
        .servers()
        .all()
        .map((one) => [one.id(), one.protocol(), one.host(), one.pathname()]),
    ).toEqual([
      ['web', 'wss', 'chat.example.com', '/stomp'],
      ['tcp', 'stomp', 'chat.example.com:61613', undefined],
    ])
    expect(document.servers().all()[0]!.security()[0]!.all()[0]!.scheme().type()).toBe('userPassword')
    const operations = document.operations().all()
    expect(operations.map((one) => [one.action(), one.channels().all()[0]!.address()])).toEqual([
      ['receive', '/app/rooms/{roomId}/messages'],
      ['receive', '/app/ping'],
      ['send', '/topic/rooms/{roomId}'],
      ['send', '/user/queue/errors'],
    ])
    const [room] = operations[2]!.channels().all()
    expect(
      room!
        .parameters()
        .all()
        .map((one) => one.id()),
    ).toEqual(['roomId'])
    expect(operations[2]!.messages().all()[0]!.payload()!.json()).toMatchObject({
      type: 'object',
      properties: { from: { type: 'string' }, text: { type: 'string' } },
    })
  })

  test('names schemas by their titles, and each once', () => {
    const twice = [
      rooms,
      destination('/topic/all', Said),
      destination('/topic/other', z.string().meta({ title: 'Said' })),
    ]
    expect(Object.keys(schemasOf(describing({ destinations: twice })))).toEqual(['Said', 'Said-2'])
  })

  test('writes wildcards as parameters, and keeps channels apart', async () => {
    const map = messageMap()
      .message('/files/*/**', {}, () => {})
      .message('/a-b', {}, () => {})
      .message('/a/b', {}, () => {})
    const document = await parsed(describing({ messages: [map], applicationPrefix: '/api' }))
    expect(
      document
        .channels()
        .all()
        .map((one) => [one.id(), one.address()]),
    ).toEqual([
      ['api-files-segment2-rest', '/api/files/{segment2}/{rest}'],
      ['api-a-b', '/api/a-b'],
      ['api-a-b-2', '/api/a/b'],
    ])
  })

  test('a schema that refers to itself still does', async () => {
    const Tree = z.object({
      name: z.string(),
      get children() {
        return z.array(Tree)
      },
    })
    const document = await parsed(describing({ destinations: [destination('/topic/tree', Tree)] }))
    const payload = document.operations().all()[0]!.messages().all()[0]!.payload()!
    expect(payload.property('children')!.items()).toMatchObject({})
    expect(JSON.stringify(describing({ destinations: [destination('/topic/tree', Tree)] }))).toContain(
      '"$ref":"#/components/schemas/topic-tree"',
    )
  })
})

describe('schemas', () => {
  const payloadOf = (document: AsyncApiDocument): unknown => Object.values(schemasOf(document))[0]

  test('of arktype have a Standard JSON Schema', async () => {
    const document = describing({ destinations: [destination('/topic/a', type({ price: 'number' }))] })
    await parsed(document)
    expect(payloadOf(document)).toMatchObject({ properties: { price: { type: 'number' } } })
  })

  test('of valibot need its converter', async () => {
    const destinations = [destination('/topic/a', v.object({ price: v.number() }))]
    expect(() => describing({ destinations })).toThrow(
      'The schema of /topic/a has no JSON schema: valibot has no Standard JSON Schema: give the option jsonSchema',
    )
    const document = describing({
      destinations,
      jsonSchema: (schema, of) =>
        toJsonSchema(schema as v.GenericSchema, { typeMode: of }) as Record<string, unknown>,
    })
    await parsed(document)
    expect(payloadOf(document)).toMatchObject({ properties: { price: { type: 'number' } } })
  })

  test('are of what travels: what a schema makes of it, where what it takes has no JSON', () => {
    const schema = z.object({
      at: z
        .date()
        .transform((date) => date.toISOString())
        .pipe(z.iso.datetime()),
    })
    expect(payloadOf(describing({ destinations: [destination('/topic/a', schema)] }))).toMatchObject({
      properties: { at: { type: 'string' } },
    })
  })

  test('without any JSON form are named', () => {
    const schema = z.object({ at: z.date() })
    expect(() => describing({ destinations: [destination('/topic/a', schema)] })).toThrow(
      'The schema of /topic/a has no JSON schema: Date cannot be represented in JSON Schema',
    )
  })
})
