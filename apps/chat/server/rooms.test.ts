import { afterAll, describe, expect, it } from 'vitest'
import { TestChat, removeTemporaryFolders, temporaryFolder } from './testing/test-chat.js'
import type { TestChatOptions } from './testing/test-chat.js'

afterAll(removeTemporaryFolders)

async function withChat(options: TestChatOptions, run: (chat: TestChat) => Promise<void>): Promise<void> {
  const chat = await TestChat.start(options)
  try {
    await run(chat)
  } finally {
    await chat.close()
  }
}

const UUID = '3f2b8c1e-9d4a-4e5b-8c7d-1a2b3c4d5e6f'

it('keeps rooms over a restart, and makes the first room once', async () => {
  const config = { dataDir: temporaryFolder() }
  let before: unknown
  await withChat({ config }, async (chat) => {
    await chat.room('점심')
    before = (await chat.get('/api/rooms')).body
    expect(before).toMatchObject({ rooms: [{ id: 'lounge', name: '라운지 Lounge' }, { name: '점심' }] })
  })
  await withChat({ config }, async (chat) => {
    expect((await chat.get('/api/rooms')).body).toEqual(before)
    expect(await chat.post({ name: '점심' })).toMatchObject({
      status: 409,
      body: { code: 'room-name-taken' },
    })
  })
})

describe('open rooms', () => {
  const config = { openRooms: true }

  it('are made by the first SUBSCRIBE, ENTER or TALK, and told to the list of rooms', () =>
    withChat({ config, limits: { countsEveryMs: 60_000 } }, async (chat) => {
      const client = await chat.client()
      await client.subscribe('/topic/chat/rooms')
      await client.subscribe(`/topic/chat/room/${UUID}`)
      await client.say({ type: 'ENTER', roomId: 'by-enter', sender: '민지' })
      await client.say({ type: 'TALK', roomId: 'by_talk', sender: '민지', message: '안녕' })
      const { body } = await chat.get('/api/rooms')
      expect(body['rooms']).toMatchObject(
        ['lounge', UUID, 'by-enter', 'by_talk'].map((id) => (id === 'lounge' ? { id } : { id, name: id })),
      )
      for (const id of [UUID, 'by-enter', 'by_talk']) {
        expect(await client.message('/topic/chat/rooms')).toMatchObject({ type: 'ROOM', room: { id } })
      }
    }))

  it('are there after a restart', async () => {
    const dataDir = temporaryFolder()
    await withChat({ config: { ...config, dataDir } }, async (chat) => void (await chat.member(UUID, '민지')))
    await withChat({ config: { dataDir } }, async (chat) => {
      await chat.member(UUID, '민지')
      expect(await chat.get(`/api/rooms/${UUID}`)).toMatchObject({ status: 200, body: { members: ['민지'] } })
    })
  })

  it('are made once, however many come at the same time', () =>
    withChat({ config }, async (chat) => {
      const clients = await Promise.all([1, 2, 3].map(() => chat.client()))
      await Promise.all(clients.map((client) => client.subscribe('/topic/chat/room/new')))
      expect(chat.lines('room made')).toEqual([{ room: 'new', name: 'new' }])
    }))

  it('are not made under ids that are too long or have other characters', () =>
    withChat({ config }, async (chat) => {
      for (const id of ['x'.repeat(65), '방', 'a.b', 'a b', '']) {
        const client = await chat.client()
        client.sayOnly({ type: 'ENTER', roomId: id, sender: '민지' })
        expect(await client.refusal()).toBe('room-unknown')
      }
      await chat.member('x'.repeat(64), '민지')
    }))

  it('are not made by a message that is refused for another reason', () =>
    withChat({ config }, async (chat) => {
      const client = await chat.client()
      client.sayOnly({ type: 'TALK', roomId: 'new', sender: '민지', message: '' })
      expect(await client.refusal()).toBe('message-empty')
      expect(await chat.get('/api/rooms/new')).toMatchObject({ status: 404, body: { code: 'room-unknown' } })
    }))

  it('count towards the limit', () =>
    withChat({ config, limits: { rooms: 2 } }, async (chat) => {
      await chat.member('second', '민지')
      const client = await chat.client()
      client.send('SUBSCRIBE\nid:1\ndestination:/topic/chat/room/third\n\n')
      expect(await client.refusal()).toBe('room-limit')
      expect(await chat.post({ name: '셋' })).toMatchObject({ status: 409, body: { code: 'room-limit' } })
    }))
})
