import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination } from '../contract.js'
import { messageMap } from './message-map.js'

interface ChatUser {
  readonly name: string
  readonly admin: boolean
}

const Posted = z.object({ from: z.string(), at: z.date().transform((date) => date.toISOString()) })
const room = destination('/topic/rooms/{roomId}', Posted)
const Post = z.object({ text: z.string(), tags: z.array(z.string()).default([]) })
const mapping = () => messageMap<ChatUser>()

test('params are typed by the pattern, and a misspelt one is an error', () => {
  mapping().message('/rooms/{roomId}/{part}', {}, ({ params }) => {
    expectTypeOf(params).toEqualTypeOf<{ readonly roomId: string } & { readonly part: string }>()
    // @ts-expect-error no such variable
    return params.roomid
  })
  mapping().message('/rooms', {}, ({ params }) => {
    // @ts-expect-error a pattern without variables has none
    return params.roomId as string
  })
})

test('the body is what the schema makes of it, and unknown without a schema', () => {
  mapping().message('/a', { body: Post }, ({ body }) => {
    expectTypeOf(body).toEqualTypeOf<{ text: string; tags: string[] }>()
    // @ts-expect-error not of the schema
    return body.texts as string
  })
  mapping().message('/a', {}, ({ body }) => {
    expectTypeOf(body).toBeUnknown()
  })
})

test('the user is the application’s own', () => {
  mapping().message('/a', {}, ({ user, session }) => {
    expectTypeOf(user).toEqualTypeOf<ChatUser>()
    expectTypeOf(session.user).toEqualTypeOf<ChatUser>()
  })
})

test('the result has to be what the address takes, at once or promised, or undefined', () => {
  const at = new Date(0)
  const sendTo = ({ roomId }: { readonly roomId: string }) => room.to({ roomId })
  const { mappings } = mapping()
    .message('/{roomId}', { sendTo }, () => ({ from: 'Ann', at }))
    .message('/{roomId}/a', { sendTo }, async () => ({ from: 'Ann', at }))
    .message('/{roomId}/b', { sendTo }, ({ user }) => (user.admin ? { from: 'Ann', at } : undefined))
    // @ts-expect-error `at` is missing
    .message('/{roomId}/c', { sendTo }, () => ({ from: 'Ann' }))
    // @ts-expect-error a string is no Date
    .message('/{roomId}/d', { sendTo }, async () => ({ from: 'Ann', at: 'now' }))
    // @ts-expect-error the pattern has no roomId
    .message('/{room}/e', { sendTo }, () => ({ from: 'Ann', at }))
  expect(mappings).toHaveLength(6)
})

test('sendTo sees params and body', () => {
  const { mappings } = mapping().message(
    '/{roomId}',
    {
      body: Post,
      sendTo: ({ roomId }, { tags }) => room.to({ roomId: tags[0] ?? roomId }),
    },
    () => undefined,
  )
  mapping().message(
    '/{roomId}',
    {
      // @ts-expect-error a misspelt variable
      sendTo: ({ roomID }) => room.to({ roomId: roomID as string }),
    },
    () => undefined,
  )
  expect(mappings).toHaveLength(1)
})

test('without sendTo a handler may return anything', () => {
  const { mappings } = mapping()
    .message('/a', {}, () => 1)
    .message('/b', {}, ({ user }) => (user.admin ? 1 : Promise.resolve('x')))
    .message('/c', {}, async () => {})
  expect(mappings).toHaveLength(3)
})
