import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'
import type { RawClient } from './testing/raw-client.js'

const LOUNGE = '/topic/chat/room/lounge'
const MEMBERS = `${LOUNGE}/members`
const ROOMS = '/topic/chat/rooms'

let chat: TestChat
let witness: RawClient

beforeEach(async () => {
  chat = await TestChat.start()
  witness = await chat.client()
  await witness.subscribe(MEMBERS)
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

async function told(): Promise<unknown[]> {
  const { type, name, members } = await witness.message(MEMBERS)
  return [type, name, members]
}

it('tells who came and who left by UNSUBSCRIBE, DISCONNECT, a closed window and a cut cable', async () => {
  const [a, b, c, d] = [
    await chat.client(),
    await chat.member('lounge', '나'),
    await chat.member('lounge', '다'),
    await chat.member('lounge', '라'),
  ]
  await a.subscribe(LOUNGE, 'mine')
  await a.say({ type: 'ENTER', roomId: 'lounge', sender: '가' })
  for (const [i, name] of ['나', '다', '라', '가'].entries())
    expect(await told()).toEqual(['JOIN', name, i + 1])
  await a.unsubscribe('mine')
  expect(await told()).toEqual(['LEAVE', '가', 3])
  b.send('DISCONNECT\n\n')
  expect(await told()).toEqual(['LEAVE', '나', 2])
  await c.close()
  expect(await told()).toEqual(['LEAVE', '다', 1])
  d.cut()
  expect(await told()).toEqual(['LEAVE', '라', 0])
  expect(chat.lines('left')).toEqual([
    { name: '가', rooms: ['lounge'], reason: 'unsubscribed' },
    { name: '나', rooms: ['lounge'], reason: 'client' },
    { name: '다', rooms: ['lounge'], reason: 'lost' },
    { name: '라', rooms: ['lounge'], reason: 'lost' },
  ])
})

it('tells of a session that is refused that it left', async () => {
  const minji = await chat.member('lounge', '민지')
  expect(await told()).toEqual(['JOIN', '민지', 1])
  minji.sayOnly('no JSON')
  expect(await told()).toEqual(['LEAVE', '민지', 0])
})

it('numbers events so that they fit what GET /api/rooms/{id} says', async () => {
  await chat.member('lounge', '민지')
  const first = await witness.message(MEMBERS)
  const { body } = await chat.get('/api/rooms/lounge')
  expect(body).toMatchObject({ members: ['민지'], seq: first['seq'], room: { id: 'lounge', members: 1 } })
  await chat.member('lounge', '수민')
  const second = await witness.message(MEMBERS)
  expect(second['seq']).toBe((first['seq'] as number) + 1)
})

it('counts a page that reconnects before its old session is gone as one member', async () => {
  const old = await chat.member('lounge', '민지')
  await chat.member('lounge', '민지')
  old.cut()
  await old.closed
  await chat.member('lounge', '수민')
  expect(await told()).toEqual(['JOIN', '민지', 1])
  expect(await told()).toEqual(['JOIN', '수민', 2])
})

it('keeps members out of the room’s own topic', async () => {
  const minji = await chat.member('lounge', '민지')
  await chat.member('lounge', '수민')
  expect(await minji.message(LOUNGE)).toMatchObject({ type: 'ENTER', sender: '수민' })
  expect(minji.left(LOUNGE)).toEqual([])
})

it('tells the list of rooms of new rooms and of counts', async () => {
  const list = await chat.client()
  await list.subscribe(ROOMS)
  const id = await chat.room('점심')
  expect(await list.message(ROOMS)).toMatchObject({ type: 'ROOM', room: { id, name: '점심', members: 0 } })
  const member = await chat.member(id, '민지')
  expect(await list.message(ROOMS)).toMatchObject({ type: 'ROOM', room: { id, members: 1 } })
  member.cut()
  expect(await list.message(ROOMS)).toMatchObject({ type: 'ROOM', room: { id, members: 0 } })
})
