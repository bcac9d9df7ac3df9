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

  test('tells what a SUBSCRIBE is answered with, and whose flow follows', async () => {
    const Members = z.array(z.string()).meta({ title: 'Members' })
    const map = messageMap()
      .prefix('/rooms/{roomId}')
      .subscribe('/said', { reply: Members, live: rooms }, () => [])
      .subscribe('/mine', { reply: Members, live: () => errors.to({}) }, () => [])
      .subscribe('/once', { reply: Members }, () => [])
      .message('/said', { body: Said }, () => {})
    const document = await parsed(describing({ messages: [map] }))
    const operations = document.operations().all()
    expect(
      operations.map((one) => [
        one.id(),
        one.channels().all()[0]!.address(),
        one
          .messages()
          .all()
          .map((message) => message.id()),
      ]),
    ).toEqual([
      ['receive-app-rooms-roomId-said', '/app/rooms/{roomId}/said', ['sent']],
      ['send-app-rooms-roomId-said', '/app/rooms/{roomId}/said', ['snapshot', 'live']],
      ['send-topic-rooms-roomId', '/topic/rooms/{roomId}', ['message']],
      ['send-app-rooms-roomId-mine', '/app/rooms/{roomId}/mine', ['snapshot']],
      ['send-app-rooms-roomId-once', '/app/rooms/{roomId}/once', ['snapshot']],
    ])
    expect(
      operations[1]!
        .messages()
        .all()
        .map((message) => message.payload()!.type()),
    ).toEqual(['array', 'object'])
    expect([1, 3, 4].map((i) => operations[i]!.description())).toEqual([
      'Answered with one message, the snapshot; then the flow of /topic/rooms/{roomId} follows under the same subscription.',
      'Answered with one message, the snapshot; then the flow of a destination that the server chooses follows under the same subscription.',
      'Answered with one message, the snapshot; then nothing follows.',
    ])
    expect(
      operations[1]!
        .channels()
        .all()[0]!
        .parameters()
        .all()
        .map((one) => one.id()),
    ).toEqual(['roomId'])
  })

  test('tells what comes back for a request: the reply, or a refusal', async () => {
    const map = messageMap()
      .message('/count', { body: z.string(), reply: z.number() }, ({ body }) => body.length)
      .message('/length', { reply: z.number() }, () => 1)
      .message('/ping', {}, () => {})
    const document = await parsed(describing({ messages: [map] }))
    const [count, length, ping] = document.operations().all()
    const reply = count!.reply()!
    expect(reply.address()!.location()).toBe('$message.header#/reply-to')
    expect(reply.channel()!.address()).toBeNull()
    const [answer, refusal] = reply.messages().all()
    expect([answer!.id(), answer!.payload()!.type()]).toEqual(['reply', 'number'])
    expect([refusal!.id(), refusal!.headers()!.required()]).toEqual(['refusal', ['code', 'message']])
    for (const message of [count!.messages().all()[0]!, answer!, refusal!]) {
      const { location } = message.correlationId()!.json<{ location: string }>()
      expect(location).toBe('$message.header#/correlation-id')
      expect(Object.keys(message.headers()!.properties()!)).toContain('correlation-id')
    }
    expect(length!.reply()!.channel()!.id()).not.toBe(reply.channel()!.id())
    expect(ping!.reply()).toBeUndefined()
    // One for all.
    expect(Object.keys(describing({ messages: [map] }).components.messages)).toEqual(['refusal'])
  })

  test('tells where a result goes, which is what a request is answered with too', async () => {
    const map = messageMap()
      .message(
        '/rooms/{roomId}/say',
        { body: z.string(), sendTo: rooms, sendToUser: userDestination('/queue/said', Said) },
        ({ body }) => ({ from: 'x', text: body }),
      )
      .message('/fail', { sendToSession: errors }, () => ({ code: 'x' }))
      .message('/made', { sendTo: () => rooms.to({ roomId: '1' }) }, () => undefined)
    const document = await parsed(describing({ messages: [map] }))
    const operations = document.operations().all()
    expect(operations.map((one) => [one.summary(), one.description()])).toEqual([
      [
        'SEND to /app/rooms/{roomId}/say',
        'The result is sent to /topic/rooms/{roomId} and /user/queue/said.',
      ],
      ['SUBSCRIBE to /topic/rooms/{roomId}', undefined],
      ['SUBSCRIBE to /user/queue/said', undefined],
      ['SEND to /app/fail', 'The result is sent to /user/queue/errors.'],
      ['SUBSCRIBE to /user/queue/errors', undefined],
      ['SEND to /app/made', undefined],
    ])
    const replies = [0, 3].map((i) => operations[i]!.reply()!.messages().all()[0]!.payload()!)
    expect(replies.map((payload) => Object.keys(payload.properties()!))).toEqual([['from', 'text'], ['code']])
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
