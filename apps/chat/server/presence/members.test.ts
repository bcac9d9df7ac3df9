import type { Node, SharedChange, SharedMap, SharedObserver } from 'stomping-ground'
import { beforeEach, expect, it } from 'vitest'
import { Members } from './members.js'

const [here, there, elsewhere] = ['here', 'there', 'elsewhere'].map((name): Node => ({
  name,
  address: undefined,
  self: name === 'here',
})) as [Node, Node, Node]

let told: string[]
let members: Members
let change: (node: Node, key: string, value: boolean | undefined, before?: boolean) => void

beforeEach(() => {
  told = []
  members = new Members({
    firstSeq: 100,
    announce: ({ type, roomId, name, members: count, seq, registered }) =>
      told.push(`${seq} ${type} ${name} ${roomId} ${count}${registered === true ? ' registered' : ''}`),
  })
  members.open({
    shared<V>(_: string, observer: SharedObserver<V>): SharedMap<V> {
      change = (node, key, value, before) =>
        observer.changed({ key, node, value, before } as SharedChange<unknown> as SharedChange<V>)
      return {
        set: (key, value) => change(here, key, value as boolean),
        delete(key) {
          change(here, key, undefined, false)
          return true
        },
        entries: () => [][Symbol.iterator](),
      }
    },
  })
})

it('counts a name once, on however many nodes it is, and lets it leave with the last', () => {
  members.came('a', '민지', false)
  change(there, 'a/민지', false)
  change(elsewhere, 'a/하나', false)
  members.left('a', '민지')
  expect(members.of('a')).toEqual({ members: ['민지', '하나'], registered: [], seq: 102 })
  change(there, 'a/민지', undefined, false)
  expect(told).toEqual(['101 JOIN 민지 a 1', '102 JOIN 하나 a 2', '103 LEAVE 민지 a 1'])
})

it('takes a name for registered where it is on one node', () => {
  change(there, 'a/민지', false)
  change(elsewhere, 'a/민지', true)
  expect(members.of('a').registered).toEqual(['민지'])
  change(there, 'a/민지', undefined, false)
  change(elsewhere, 'a/민지', undefined, true)
  expect(told).toEqual(['101 JOIN 민지 a 1', '102 LEAVE 민지 a 0 registered'])
})

it('takes the name for all that follows the first slash', () => {
  change(there, 'a/b/c', false)
  expect([members.of('a').members, members.count('a/b')]).toEqual([['b/c'], 0])
})

it('forgets a room when the last has left it, and no sooner', () => {
  change(there, 'a/민지', false)
  members.forget('a')
  expect(members.count('a')).toBe(1)
  change(there, 'a/민지', undefined, false)
  expect(members.of('a')).toEqual({ members: [], registered: [], seq: 100 })
})
