import { expect, it } from 'vitest'
import { directPath, invitationPath, messagePath, roomPath, routeOf, soughtIn } from './router.js'

it('finds the page of a path, and nothing where there is none', () => {
  expect(routeOf('/')).toEqual({ page: 'rooms' })
  expect(routeOf('/rooms/abc-1')).toEqual({ page: 'room', roomId: 'abc-1' })
  expect(routeOf(roomPath('점심'))).toEqual({ page: 'room', roomId: '점심' })
  expect(routeOf('/direct')).toEqual({ page: 'conversations' })
  expect(routeOf(directPath('민지 / ?'))).toEqual({ page: 'direct', name: '민지 / ?' })
  expect(routeOf(invitationPath('a-_'))).toEqual({ page: 'invitation', invitation: 'a-_' })
  for (const path of [
    '/invitations',
    '/direct/a/b',
    '/rooms',
    '/rooms/',
    '/rooms/a/b',
    '/rooms/%E0%A4%A',
    '/x',
  ]) {
    expect(routeOf(path)).toEqual({ page: 'missing' })
  }
})

it('finds the message that an address names', () => {
  const { search } = new URL(messagePath('점심', 12), 'http://x')
  expect(soughtIn(search)).toBe(12)
  expect(soughtIn('?at=-1')).toBeUndefined()
  expect(soughtIn('?transport=websocket')).toBeUndefined()
})
