import { expect, test } from 'vitest'
import { createStompServer } from 'stomping-ground'
import { connect } from 'stomping-ground/testing'
import { messages, roomTopic } from './rooms.js'

test('what one says, everyone in the room hears', async () => {
  const stomp = createStompServer({ messages: [messages] })
  const ann = await connect(stomp, { login: 'ann' })
  const bob = await connect(stomp, { login: 'bob' })
  const room = await bob.subscribe(roomTopic.to({ roomId: '7' }))

  await ann.send('/app/rooms/7/messages', { text: 'Hello' })

  expect((await room.receive()).body).toEqual({ from: 'ann', text: 'Hello' })
  await stomp.close()
})

test('nobody can say nothing', async () => {
  const stomp = createStompServer({ messages: [messages] })
  const ann = await connect(stomp, { login: 'ann' })

  await expect(ann.send('/app/rooms/7/messages', { text: '' })).rejects.toMatchObject({
    code: 'body-invalid',
  })
  await stomp.close()
})
