import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination, userDestination } from '../contract.js'
import type { InferRoutes, RouteTypes } from '../contract.js'
import { createStompServer } from '../server.js'

import { errorMapping } from './error-map.js'
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

const done = userDestination('/queue/done/{roomId}', Posted)
const at = new Date(0)

test('a destination stands for its address where the pattern has its variables', () => {
  const { mappings } = mapping()
    .message('/{roomId}', { sendTo: room }, () => ({ from: 'Ann', at }))
    .message('/{roomId}/{more}', { sendTo: room }, () => ({ from: 'Ann', at }))
    .message('/{roomId}/user', { sendToUser: done, sendToSession: done }, async () => ({ from: 'Ann', at }))
    // @ts-expect-error the pattern has no roomId
    .message('/{room}/a', { sendTo: room }, () => ({ from: 'Ann', at }))
    // @ts-expect-error the pattern has no variable at all
    .message('/b', { sendTo: room }, () => ({ from: 'Ann', at }))
    // @ts-expect-error `at` is missing
    .message('/{roomId}/c', { sendTo: room }, () => ({ from: 'Ann' }))
  expect(mappings).toHaveLength(6)
})

test('what a user gets and what everyone gets are not taken for each other', () => {
  const { mappings } = mapping()
    // @ts-expect-error a user's destination
    .message('/{roomId}/a', { sendTo: done }, () => ({ from: 'Ann', at }))
    // @ts-expect-error everyone's destination
    .message('/{roomId}/b', { sendToUser: room }, () => ({ from: 'Ann', at }))
    // @ts-expect-error everyone's address
    .message('/{roomId}/c', { sendToUser: ({ roomId }) => room.to({ roomId }) }, () => ({ from: 'Ann', at }))
    // @ts-expect-error not of the schema
    .message('/{roomId}/d', { sendToSession: done }, () => ({ from: 7, at }))
    .message('/e', {}, async ({ messaging, user }) => {
      await messaging.sendToUser(user.name, done.to({ roomId: '7' }), { from: 'Ann', at })
      // @ts-expect-error not of the schema
      await messaging.sendToUser(user.name, done.to({ roomId: '7' }), { from: 'Ann' })
      // @ts-expect-error what everyone gets is sent to nobody alone
      await messaging.sendToUser(user.name, room.to({ roomId: '7' }), { from: 'Ann', at })
      // @ts-expect-error what one user gets is not sent to everyone
      await messaging.send(done.to({ roomId: '7' }), { from: 'Ann', at })
    })
  expect(mappings).toHaveLength(5)
})

test('a reply has to be what its schema takes', () => {
  const { mappings } = mapping()
    .message('/a', { reply: Posted }, () => ({ from: 'Ann', at }))
    // @ts-expect-error `at` is missing
    .message('/b', { reply: Posted }, () => ({ from: 'Ann' }))
  expect(mappings).toHaveLength(2)
})

test('the prefix gives its variables to all handlers, and nothing else', () => {
  mapping()
    .prefix('/rooms/{roomId}')
    .message('/members/{name}', {}, ({ params }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly roomId: string } & { readonly name: string }>()
      // @ts-expect-error no such variable
      return params.room
    })
})

test('an error handler gets an error of its class', () => {
  class Full extends Error {
    readonly room = '7'
  }
  mapping().onError(Full, (error, { user }) => {
    expectTypeOf(error).toEqualTypeOf<Full>()
    expectTypeOf(user).toEqualTypeOf<ChatUser>()
    // @ts-expect-error no such member
    return error.rooms as string
  })
  expect(errorMapping(Full, ({ room: number }) => number).type).toBe(Full)
  // @ts-expect-error no class
  expect(() => mapping().onError('Full', () => {})).not.toThrow()
})

const rooms = mapping()
  .prefix('/rooms/{roomId}')
  .message('/post', { body: Post, sendTo: room }, ({ body }) =>
    body.text === '' ? undefined : { from: 'Ann', at },
  )
  .message('/members', { reply: z.array(z.string()) }, async () => ['ann'])
const others = mapping()
  .message('/when', {}, () => ({
    at,
    skip: () => 1,
    list: [at, undefined],
    nested: { at: Math.random() > 2 ? at : null },
  }))
  .message('/hello', { body: z.string() }, () => {})

test('the routes of a map are those that were mapped, bodies and replies as they travel', () => {
  type Rooms = InferRoutes<typeof rooms>
  expectTypeOf<keyof Rooms['message']>().toEqualTypeOf<'/rooms/{roomId}/post' | '/rooms/{roomId}/members'>()
  expectTypeOf<Rooms['message']['/rooms/{roomId}/post']>().toEqualTypeOf<{
    readonly body: { text: string; tags?: string[] | undefined }
    readonly reply: { from: string; at: string } | undefined
  }>()
  expectTypeOf<Rooms['message']['/rooms/{roomId}/members']>().toEqualTypeOf<{
    readonly body: unknown
    readonly reply: string[]
  }>()
  expectTypeOf<Rooms>().toExtend<RouteTypes>()
  expectTypeOf<keyof Rooms['subscribe']>().toEqualTypeOf<never>()
})

test('the routes of several maps are all of theirs', () => {
  const maps = [rooms, others] as const
  type Routes = InferRoutes<typeof maps>
  expectTypeOf<keyof Routes['message']>().toEqualTypeOf<
    '/rooms/{roomId}/post' | '/rooms/{roomId}/members' | '/when' | '/hello'
  >()
  expectTypeOf<Routes['message']['/hello']>().toEqualTypeOf<{
    readonly body: string
    readonly reply: undefined
  }>()
  expectTypeOf<Routes['message']['/when']['reply']>().toEqualTypeOf<{
    at: string
    list: (string | undefined)[]
    nested: { at: string | null }
  }>()
  expectTypeOf<Routes>().toExtend<RouteTypes>()
  // A plain array, as `messages` takes it.
  const list = [rooms, others]
  expectTypeOf<InferRoutes<typeof list>>().toEqualTypeOf<Routes>()
})

test('a map of another user is not taken', () => {
  interface OtherUser {
    readonly name: string
    readonly age: number
  }
  // @ts-expect-error its handlers would find no `admin`
  expect(createStompServer<OtherUser>({ messages: [rooms] })).toBeDefined()
  expect(createStompServer<ChatUser>({ messages: [rooms, messageMap()] })).toBeDefined()
})

test('a subscribe handler answers what its schema takes, and isIn knows snapshot and flow', () => {
  const { answers } = mapping()
    .subscribe('/{roomId}', { reply: z.number(), live: room }, ({ params, user }) => {
      expectTypeOf(params).toEqualTypeOf<{ readonly roomId: string }>()
      return user.admin ? 1 : undefined
    })
    .subscribe(
      '/a/{roomId}',
      {
        reply: z.object({ last: z.number() }),
        live: ({ roomId }) => done.to({ roomId }),
        isIn: (snapshot) => {
          expectTypeOf(snapshot).toEqualTypeOf<{ last: number }>()
          return ({ body }) => {
            expectTypeOf(body).toEqualTypeOf<{ from: string; at: string }>()
            return body.at === String(snapshot.last)
          }
        },
      },
      async () => ({ last: 7 }),
    )
    // @ts-expect-error a string is no number
    .subscribe('/b', { reply: z.number() }, () => 'x')
    // @ts-expect-error the pattern has no roomId
    .subscribe('/c/{room}', { reply: z.number(), live: room }, () => 1)
    // @ts-expect-error a SUBSCRIBE has no body
    .subscribe('/d', { reply: z.unknown() }, ({ body }) => body as unknown)
  expect(answers).toHaveLength(5)
})

test('the routes of a map have its subscriptions', () => {
  const map = mapping()
    .prefix('/rooms')
    .message('/a', {}, () => 1)
    .subscribe('/{roomId}', { reply: z.date(), live: room }, () => at)
  type Routes = InferRoutes<typeof map>
  expectTypeOf<keyof Routes['message']>().toEqualTypeOf<'/rooms/a'>()
  expectTypeOf<Routes['subscribe']>().toEqualTypeOf<
    // oxlint-disable-next-line typescript/no-empty-object-type -- what the first map begins with
    {} & { readonly '/rooms/{roomId}': { readonly reply: string } }
  >()
  expect(map.answers).toHaveLength(1)
})
