import { expect, test } from 'vitest'
import { postsAndHears, visitsOf } from '../visitor.js'
import { start } from './server.js'

visitsOf(start)

test('a request of HTTP is heard in the lobby', async () => {
  expect(await postsAndHears(start, '/announcements', {})).toEqual({ from: 'server', text: 'Announcement' })
})
