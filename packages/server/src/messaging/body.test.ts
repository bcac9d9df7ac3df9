import { describe, expect, test } from 'vitest'
import { StompHeaders, utf8Encode } from '@stomping-ground/codec'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { heard, serve } from '../../test/kit.js'
import { decodeBody, validateBody } from './body.js'
import { messageMap } from './message-map.js'

const decoded = (contentType: string | undefined, body: Uint8Array | string): unknown =>
  decodeBody({
    destination: '/app/a',
    headers: StompHeaders.from({ 'content-type': contentType }),
    body: typeof body === 'string' ? utf8Encode(body) : body,
  })
const withCode = (code: string): Error => expect.objectContaining({ name: 'StompError', code }) as Error

describe('a body, by its content type', () => {
  test.each([
    [undefined, '{"a":"한글"}', { a: '한글' }],
    [undefined, '', undefined],
    ['application/json', '[1]', [1]],
    ['application/json;charset=utf-8', '"x"', 'x'],
    ['APPLICATION/JSON; Charset="UTF-8"', 'null', null],
    ['application/vnd.chat+json', 'true', true],
    ['text/plain', '', ''],
    ['text/plain', '{"a":1}', '{"a":1}'],
    ['text/html; charset=utf8', '<b>', '<b>'],
    ['text/plain;format=flowed;charset=us-ascii', 'x', 'x'],
  ])('%s: %j is %j', (contentType, body, expected) => {
    expect(decoded(contentType, body)).toEqual(expected)
  })

  test.each(['application/octet-stream', 'image/png', 'nonsense', ''])('%j stays bytes', (contentType) => {
    expect(decoded(contentType, Uint8Array.of(0xff, 0))).toEqual(Uint8Array.of(0xff, 0))
  })

  test.each(['', '{', "{'a':1}", 'undefined', '{"a":1}x', '\ufeff1'])(
    '%j that says it is JSON is malformed',
    (body) => {
      expect(() => decoded('application/json', body)).toThrow(withCode('body-malformed'))
    },
  )

  test.each([undefined, 'application/json', 'text/plain'])(
    '%s: octets that are no UTF-8 are malformed, and not replaced',
    (contentType) => {
      expect(() => decoded(contentType, Uint8Array.of(0x22, 0xff, 0x22))).toThrow(withCode('body-malformed'))
    },
  )

  test.each(['application/json;charset=utf-16', 'text/plain; charset=iso-8859-1'])(
    '%s: another charset than UTF-8 is not supported',
    (contentType) => {
      expect(() => decoded(contentType, '1')).toThrow(withCode('content-type-unsupported'))
    },
  )
})

const Order = z.object({
  items: z.array(z.object({ count: z.number().int() })),
  note: z.string().optional(),
  by: z.string().transform((name) => name.trim()),
})

/** Sends one body to a mapping with the schema. */
async function send(schema: StandardSchemaV1, body: string) {
  const got: unknown[] = []
  const { connect, stomp } = serve({
    messages: [messageMap().message('/order', { body: schema }, ({ body }) => void got.push(body))],
  })
  const failed = heard(stomp, 'failed')
  const client = await connect()
  const answer = await client.ask('SEND', { destination: '/app/order' }, body)
  return { got, failed, answer, text: Buffer.from(answer.body).toString() }
}

describe('a body, by its schema', () => {
  test('the handler gets what the schema makes of it', async () => {
    const { got, answer } = await send(Order, '{"items":[{"count":1,"x":1}],"by":" ann "}')
    expect(answer.command).toBe('RECEIPT')
    expect(got).toEqual([{ items: [{ count: 1 }], by: 'ann' }])
  })

  test('that does not fit never reaches the handler, and the ERROR says where it does not', async () => {
    const { got, answer, text, failed } = await send(Order, '{"items":[{"count":1},{"count":"2"}]}')
    expect(answer.headers.get('code')).toBe('body-invalid')
    expect(answer.headers.get('message')).toMatch(
      /^The body is not of the form that the handler takes: items\.1\.count: /,
    )
    expect(answer.headers.get('content-type')).toBe('application/json')
    const { issues } = JSON.parse(text) as { issues: { path: unknown[]; message: string }[] }
    expect(issues.map(({ path }) => path)).toEqual([['items', 1, 'count'], ['by']])
    expect(issues[0]!.message).toContain('expected number')
    expect(got).toEqual([])
    expect(failed).toEqual([])
  })

  test('that is of another kind altogether is named as a whole', async () => {
    const { answer, text } = await send(Order, '7')
    expect(answer.headers.get('message')).toContain('takes: body: ')
    expect(JSON.parse(text)).toMatchObject({ issues: [{ path: [] }] })
  })

  test('none at all is for the schema to judge', async () => {
    expect((await send(Order, '')).answer.headers.get('code')).toBe('body-invalid')
    expect((await send(Order.optional(), '')).answer.command).toBe('RECEIPT')
  })

  test('the schema may take its time', async () => {
    const Even = z.number().refine(async (value) => value % 2 === 0, 'odd')
    expect((await send(Even, '2')).got).toEqual([2])
    const odd = await send(Even, '3')
    expect(JSON.parse(odd.text)).toEqual({ issues: [{ path: [], message: 'odd' }] })
    expect(odd.got).toEqual([])
  })

  test('a schema that throws is a failure of the server’s, told to nobody else', async () => {
    const Broken = z.number().transform(() => {
      throw new Error('secret')
    })
    const { answer, text, failed } = await send(Broken, '1')
    expect(answer.headers.get('code')).toBe('handler-failed')
    expect(text).not.toContain('secret')
    expect(failed).toHaveLength(1)
  })

  test('a schema of any other library will do, with paths of keys or of segments', () => {
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'mine',
        validate: () => ({
          issues: [{ message: 'wrong', path: ['a', { key: 0 }, Symbol('b')] }, { message: 'bad' }],
        }),
      },
    }
    const issues = [
      { message: 'wrong', path: ['a', 0, 'Symbol(b)'] },
      { message: 'bad', path: [] },
    ]
    expect(() => validateBody(schema, {})).toThrow(
      expect.objectContaining({ code: 'body-invalid', data: { issues } }) as Error,
    )
  })

  test('lists a hundred issues and no more', async () => {
    const list = (length: number): string => JSON.stringify(Array.from({ length }, () => 'x'))
    for (const [wrong, listed] of [
      [100, 100],
      [101, 100],
    ] as const) {
      const { text } = await send(z.array(z.number()), list(wrong))
      expect((JSON.parse(text) as { issues: unknown[] }).issues).toHaveLength(listed)
    }
  })

  test.each([
    ['zod', z.object({ n: z.number().transform((n) => n + 1) })],
    [
      'valibot',
      v.object({
        n: v.pipe(
          v.number(),
          v.transform((n) => n + 1),
        ),
      }),
    ],
    ['arktype', type({ n: type('number').pipe((n) => n + 1) })],
  ])('may be of %s: what it makes of the body, and where it does not fit', async (_, schema) => {
    const good = await send(schema, '{"n":1}')
    expect(good.got).toEqual([{ n: 2 }])
    const bad = await send(schema, '{"n":"1"}')
    expect(bad.got).toEqual([])
    expect(JSON.parse(bad.text)).toMatchObject({ issues: [{ path: ['n'] }] })
  })
})
