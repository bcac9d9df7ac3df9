import { expect, it } from 'vitest'
import { roomPath, routeOf } from './router.js'

it('finds the page of a path, and nothing where there is none', () => {
  expect(routeOf('/')).toEqual({ page: 'rooms' })
  expect(routeOf('/rooms/abc-1')).toEqual({ page: 'room', roomId: 'abc-1' })
  expect(routeOf(roomPath('점심'))).toEqual({ page: 'room', roomId: '점심' })
  for (const path of ['/rooms', '/rooms/', '/rooms/a/b', '/rooms/%E0%A4%A', '/x']) {
    expect(routeOf(path)).toEqual({ page: 'missing' })
  }
})
