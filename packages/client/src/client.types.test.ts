import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { destination } from 'stomping-ground/contract'
import type { Client } from './client.js'
import { createClient } from './create-client.js'

type Routes = {
  readonly message: {
    readonly '/rooms/{roomId}/messages': { readonly body: { text: string }; readonly reply: { id: number } }
    readonly '/ping': { readonly body: unknown; readonly reply: 'pong' }
    readonly '/files/**': { readonly body: string; readonly reply: never }
  }
  readonly subscribe: {
    readonly '/rooms/{roomId}/members': { readonly reply: string[] }
    readonly '/news': { readonly reply: { title: string } }
  }
}
const room = destination('/topic/rooms/{roomId}', z.object({ from: z.string() }))
const client = null as unknown as Client<Routes>

test('send: a misspelt destination, variable or body does not compile', () => {
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { params: { roomId: '1' }, body: { text: '' } }))
  expectTypeOf(() => client.send('/ping', {}))
  expectTypeOf(() => client.send('/ping'))
  // @ts-expect-error the body is missing
  expectTypeOf(() => client.send(room.to({ roomId: '1' })))
  expectTypeOf(() => client.send('/ping', { body: 1, signal: new AbortController().signal, wait: false }))
  // @ts-expect-error no such pattern
  expectTypeOf(() => client.send('/room/{roomId}/messages', { params: { roomId: '1' }, body: { text: '' } }))
  // @ts-expect-error a pattern is written as the map has it, not filled in
  expectTypeOf(() => client.send('/rooms/1/messages', { body: { text: '' } }))
  // @ts-expect-error params are missing
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { body: { text: '' } }))
  // @ts-expect-error no such variable
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { params: { room: '1' }, body: { text: '' } }))
  // @ts-expect-error a pattern without variables has none
  expectTypeOf(() => client.send('/ping', { params: { roomId: '1' } }))
  // @ts-expect-error the body is missing
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { params: { roomId: '1' } }))
  // @ts-expect-error the body is of another type
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { params: { roomId: '1' }, body: { text: 1 } }))
  const params = { roomId: '1' }
  // @ts-expect-error no such member of the body
  expectTypeOf(() => client.send('/rooms/{roomId}/messages', { params, body: { text: '', at: 1 } }))
  // @ts-expect-error wildcards cannot be filled in
  expectTypeOf(() => client.send('/files/**', { body: '' }))
  // @ts-expect-error no such option
  expectTypeOf(() => client.send('/ping', { receipt: 'a' }))
})

test('send: an address takes what its messages hold', () => {
  expectTypeOf(() => client.send(room.to({ roomId: '1' }), { body: { from: 'Ann' } }))
  expectTypeOf(() => client.send({ destination: '/queue/a' }, { body: 1 }))
  expectTypeOf(() => client.send({ destination: '/queue/a' }, {}))
  // @ts-expect-error not what the destination holds
  expectTypeOf(() => client.send(room.to({ roomId: '1' }), { body: { sender: 'Ann' } }))
  // @ts-expect-error the body is missing
  expectTypeOf(() => client.send(room.to({ roomId: '1' }), {}))
  // @ts-expect-error no such variable
  expectTypeOf(() => client.send(room.to({ room: '1' }), { body: { from: 'Ann' } }))
})

test('request: the answer has the type of the handler’s result', () => {
  expectTypeOf(async () => {
    const answer = await client.request('/rooms/{roomId}/messages', {
      params: { roomId: '1' },
      body: { text: '' },
    })
    expectTypeOf(answer).toEqualTypeOf<{ id: number }>()
    expectTypeOf(await client.request('/ping', { timeoutMs: 1 })).toEqualTypeOf<'pong'>()
    expectTypeOf(await client.request('/ping')).toEqualTypeOf<'pong'>()
    expectTypeOf(await client.request({ destination: '/app/x' }, {})).toBeUnknown()
  })
  // @ts-expect-error no such pattern
  expectTypeOf(() => client.request('/pong', {}))
  // @ts-expect-error what is asked does not go again by itself
  expectTypeOf(() => client.request('/ping', { wait: false }))
})

test('subscribe: the body has the type of the address', () => {
  expectTypeOf(() =>
    client.subscribe(room.to({ roomId: '1' }), ({ body, position }) => {
      expectTypeOf(body).toEqualTypeOf<{ from: string }>()
      expectTypeOf(position?.offset).toEqualTypeOf<number | undefined>()
      // @ts-expect-error no such member
      return body.sender as unknown
    }),
  )
  expectTypeOf(() => client.subscribe('/topic/a', ({ body }) => expectTypeOf(body).toBeUnknown()))
  expectTypeOf(() => client.subscribe('/topic/a', () => {}, { from: { last: 50 }, ack: 'client' }))
  // @ts-expect-error no such start
  expectTypeOf(() => client.subscribe('/topic/a', () => {}, { from: 'newest' }))
  // @ts-expect-error no such mode
  expectTypeOf(() => client.subscribe('/topic/a', () => {}, { ack: 'manual' }))
})

test('subscribeTo: a misspelt pattern does not compile, and the body is what the mapping answers', () => {
  expectTypeOf(() =>
    client.subscribeTo('/rooms/{roomId}/members', { params: { roomId: '1' } }, ({ body }) => {
      expectTypeOf(body).toEqualTypeOf<string[]>()
    }),
  )
  expectTypeOf(() => client.subscribeTo('/news', {}, ({ body }) => body.title))
  // @ts-expect-error no such pattern
  expectTypeOf(() => client.subscribeTo('/new', {}, () => {}))
  // @ts-expect-error params are missing
  expectTypeOf(() => client.subscribeTo('/rooms/{roomId}/members', {}, () => {}))
  // @ts-expect-error an answer has no history
  expectTypeOf(() => client.subscribeTo('/news', { from: 'first' }, () => {}))
})

test('without routes there are no patterns, only addresses', () => {
  expectTypeOf(() => {
    const plain = createClient({ url: 'ws://localhost' })
    void plain.send({ destination: '/app/a' }, { body: 1 })
    // @ts-expect-error nothing says which patterns there are
    void plain.send('/a', { body: 1 })
    // @ts-expect-error nothing says which patterns there are
    plain.subscribeTo('/a', {}, () => {})
  })
})
