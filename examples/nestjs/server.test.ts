import { expect, test } from 'vitest'
import { postsAndHears, visitsOf } from '../visitor.js'
import { start } from './server.js'

visitsOf(start)

test('what is posted over HTTP is heard in the room', async () => {
  const heard = await postsAndHears(start, '/rooms/lobby/messages', { text: 'Hello' })
  expect(heard).toEqual({ from: 'http', text: 'Hello' })
})
