import { expect, it } from 'vitest'
import type { Room, RoomEvent } from '../../../contract/index.js'
import { matches, NO_ROOMS, reduceRooms } from './rooms-state.js'

const room = (id: string, members = 0): Room => ({ id, name: id, createdAt: 0, members })
const told = (id: string, members = 0): RoomEvent => ({ type: 'ROOM', room: room(id, members) })

it('keeps the order of the server; what is new comes last, and what changed stays in its place', () => {
  let state = reduceRooms(NO_ROOMS, { type: 'list', rooms: [room('a'), room('b')], newer: [] })
  state = reduceRooms(state, { type: 'event', event: told('c') })
  state = reduceRooms(state, { type: 'event', event: told('a', 5) })
  expect(state.rooms).toEqual([room('a', 5), room('b'), room('c')])
})

it('keeps what was told while the list was being read', () => {
  const state = reduceRooms(NO_ROOMS, { type: 'list', rooms: [room('a')], newer: [told('a', 2), told('b')] })
  expect(state.rooms).toEqual([room('a', 2), room('b')])
})

it('keeps a list that was read when it cannot be read again', () => {
  const state = reduceRooms(NO_ROOMS, { type: 'list', rooms: [room('a')], newer: [] })
  expect(reduceRooms(state, { type: 'unreachable' })).toBe(state)
  expect(reduceRooms(NO_ROOMS, { type: 'unreachable' }).read).toBe('unreachable')
})

it('finds a room by its words, in any order, case and form of Hangul', () => {
  expect(matches('오늘 점심 뭐 먹지', '점심 오늘')).toBe(true)
  expect(matches('오늘 점심', '점심'.normalize('NFD'))).toBe(true)
  expect(matches('Book Club', 'CLUB')).toBe(true)
  expect(matches('Book Club', 'book dance')).toBe(false)
})

it('drops a room that is gone, also one that went while the list was being read', () => {
  const gone: RoomEvent = { type: 'GONE', roomId: 'a' }
  let state = reduceRooms(NO_ROOMS, { type: 'list', rooms: [room('a'), room('b')], newer: [gone] })
  expect(state.rooms).toEqual([room('b')])
  state = reduceRooms(state, { type: 'event', event: gone })
  expect(state.rooms).toEqual([room('b')])
})
