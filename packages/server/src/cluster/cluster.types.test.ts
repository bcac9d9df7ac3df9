import { expectTypeOf, test } from 'vitest'
import { createStompServer } from '../server.js'
import type { Channel, Cluster, Node, SharedMap } from './cluster.js'

interface ChatUser {
  readonly name: string
  readonly role: 'owner' | 'guest'
}

const { cluster } = createStompServer<ChatUser>()

test('what a channel tells is what its observer hears', () => {
  const channel = cluster.channel('types-1', { heard: (value: { roomId: string }) => void value })
  expectTypeOf(channel).toEqualTypeOf<Channel<{ roomId: string }>>()
  // @ts-expect-error another value
  channel.tell({ room: 1 })
  cluster.channel<number>('types-2', {
    heard(value, node) {
      expectTypeOf(value).toEqualTypeOf<number>()
      expectTypeOf(node).toEqualTypeOf<Node>()
    },
  })
})

test('what is set in a map is what its observer and its entries show', () => {
  const map = cluster.shared<{ at: number }>('types-3', {
    changed({ value, before, node }) {
      expectTypeOf(value).toEqualTypeOf<{ at: number } | undefined>()
      expectTypeOf(before).toEqualTypeOf<{ at: number } | undefined>()
      expectTypeOf(node.self).toEqualTypeOf<boolean>()
    },
  })
  expectTypeOf(map).toEqualTypeOf<SharedMap<{ at: number }>>()
  // @ts-expect-error another value
  map.set('x', 1)
  for (const { value } of map.entries()) expectTypeOf(value).toEqualTypeOf<{ at: number }>()
})

test('a cut takes sessions of the server’s users, and patterns alone', () => {
  const { sessions } = createStompServer<ChatUser>()
  expectTypeOf(cluster).toEqualTypeOf<Cluster<ChatUser>>()
  const [session] = sessions.all()
  if (session !== undefined) void cluster.recheck({ session })
  // @ts-expect-error functions do not travel
  void cluster.revoke({ destination: (destination: string) => destination !== '' }).catch(() => {})
})
