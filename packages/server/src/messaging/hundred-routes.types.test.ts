import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination } from '../contract.js'
import type { InferRoutes, RouteTypes } from '../contract.js'
import { messageMap } from './message-map.js'

const Posted = z.object({ from: z.string(), at: z.number() })
const Post = z.object({ text: z.string(), tags: z.array(z.string()).optional() })
const room = destination('/topic/rooms/{roomId}', Posted)

// As many routes as a large application has: that this file is checked in a moment is what it shows.
const map = messageMap()
  .message('/rooms/{roomId}/a0', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 0 }))
  .message('/b1/{id}', { body: Post }, async ({ params, body }) => ({ id: params.id, text: body.text, n: 1 }))
  .message('/c2', {}, ({ user }) => user.name)
  .subscribe('/d3/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 3 }])
  .message('/rooms/{roomId}/a4', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 4 }))
  .message('/b5/{id}', { body: Post }, async ({ params, body }) => ({ id: params.id, text: body.text, n: 5 }))
  .message('/c6', {}, ({ user }) => user.name)
  .subscribe('/d7/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 7 }])
  .message('/rooms/{roomId}/a8', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 8 }))
  .message('/b9/{id}', { body: Post }, async ({ params, body }) => ({ id: params.id, text: body.text, n: 9 }))
  .message('/c10', {}, ({ user }) => user.name)
  .subscribe('/d11/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 11 }])
  .message('/rooms/{roomId}/a12', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 12 }))
  .message('/b13/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 13,
  }))
  .message('/c14', {}, ({ user }) => user.name)
  .subscribe('/d15/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 15 }])
  .message('/rooms/{roomId}/a16', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 16 }))
  .message('/b17/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 17,
  }))
  .message('/c18', {}, ({ user }) => user.name)
  .subscribe('/d19/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 19 }])
  .message('/rooms/{roomId}/a20', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 20 }))
  .message('/b21/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 21,
  }))
  .message('/c22', {}, ({ user }) => user.name)
  .subscribe('/d23/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 23 }])
  .message('/rooms/{roomId}/a24', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 24 }))
  .message('/b25/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 25,
  }))
  .message('/c26', {}, ({ user }) => user.name)
  .subscribe('/d27/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 27 }])
  .message('/rooms/{roomId}/a28', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 28 }))
  .message('/b29/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 29,
  }))
  .message('/c30', {}, ({ user }) => user.name)
  .subscribe('/d31/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 31 }])
  .message('/rooms/{roomId}/a32', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 32 }))
  .message('/b33/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 33,
  }))
  .message('/c34', {}, ({ user }) => user.name)
  .subscribe('/d35/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 35 }])
  .message('/rooms/{roomId}/a36', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 36 }))
  .message('/b37/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 37,
  }))
  .message('/c38', {}, ({ user }) => user.name)
  .subscribe('/d39/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 39 }])
  .message('/rooms/{roomId}/a40', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 40 }))
  .message('/b41/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 41,
  }))
  .message('/c42', {}, ({ user }) => user.name)
  .subscribe('/d43/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 43 }])
  .message('/rooms/{roomId}/a44', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 44 }))
  .message('/b45/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 45,
  }))
  .message('/c46', {}, ({ user }) => user.name)
  .subscribe('/d47/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 47 }])
  .message('/rooms/{roomId}/a48', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 48 }))
  .message('/b49/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 49,
  }))
  .message('/c50', {}, ({ user }) => user.name)
  .subscribe('/d51/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 51 }])
  .message('/rooms/{roomId}/a52', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 52 }))
  .message('/b53/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 53,
  }))
  .message('/c54', {}, ({ user }) => user.name)
  .subscribe('/d55/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 55 }])
  .message('/rooms/{roomId}/a56', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 56 }))
  .message('/b57/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 57,
  }))
  .message('/c58', {}, ({ user }) => user.name)
  .subscribe('/d59/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 59 }])
  .message('/rooms/{roomId}/a60', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 60 }))
  .message('/b61/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 61,
  }))
  .message('/c62', {}, ({ user }) => user.name)
  .subscribe('/d63/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 63 }])
  .message('/rooms/{roomId}/a64', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 64 }))
  .message('/b65/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 65,
  }))
  .message('/c66', {}, ({ user }) => user.name)
  .subscribe('/d67/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 67 }])
  .message('/rooms/{roomId}/a68', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 68 }))
  .message('/b69/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 69,
  }))
  .message('/c70', {}, ({ user }) => user.name)
  .subscribe('/d71/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 71 }])
  .message('/rooms/{roomId}/a72', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 72 }))
  .message('/b73/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 73,
  }))
  .message('/c74', {}, ({ user }) => user.name)
  .subscribe('/d75/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 75 }])
  .message('/rooms/{roomId}/a76', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 76 }))
  .message('/b77/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 77,
  }))
  .message('/c78', {}, ({ user }) => user.name)
  .subscribe('/d79/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 79 }])
  .message('/rooms/{roomId}/a80', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 80 }))
  .message('/b81/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 81,
  }))
  .message('/c82', {}, ({ user }) => user.name)
  .subscribe('/d83/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 83 }])
  .message('/rooms/{roomId}/a84', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 84 }))
  .message('/b85/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 85,
  }))
  .message('/c86', {}, ({ user }) => user.name)
  .subscribe('/d87/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 87 }])
  .message('/rooms/{roomId}/a88', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 88 }))
  .message('/b89/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 89,
  }))
  .message('/c90', {}, ({ user }) => user.name)
  .subscribe('/d91/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 91 }])
  .message('/rooms/{roomId}/a92', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 92 }))
  .message('/b93/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 93,
  }))
  .message('/c94', {}, ({ user }) => user.name)
  .subscribe('/d95/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 95 }])
  .message('/rooms/{roomId}/a96', { body: Post, sendTo: room }, ({ body }) => ({ from: body.text, at: 96 }))
  .message('/b97/{id}', { body: Post }, async ({ params, body }) => ({
    id: params.id,
    text: body.text,
    n: 97,
  }))
  .message('/c98', {}, ({ user }) => user.name)
  .subscribe('/d99/{roomId}', { reply: z.array(Posted), live: room }, () => [{ from: 'ann', at: 99 }])

test('a map of a hundred routes has the types of all of them', () => {
  type Routes = InferRoutes<typeof map>
  expect(map.mappings.length + map.answers.length).toBe(100)
  expectTypeOf<Routes>().toExtend<RouteTypes>()
  expectTypeOf<Routes['message']['/rooms/{roomId}/a0']>().toEqualTypeOf<{
    readonly body: { text: string; tags?: string[] | undefined }
    readonly reply: { from: string; at: number }
  }>()
  expectTypeOf<Routes['message']['/b97/{id}']['reply']>().toEqualTypeOf<{
    id: string
    text: string
    n: number
  }>()
  expectTypeOf<Routes['subscribe']['/d99/{roomId}']['reply']>().toEqualTypeOf<
    { from: string; at: number }[]
  >()
  // @ts-expect-error no such route
  const missing: keyof Routes['message'] = '/b98/{id}'
  expect(missing).not.toBe('')
})
