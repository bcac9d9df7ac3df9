import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RoomMessages, SearchResults } from '../../contract/index.js'
import type { Json, RawClient } from '../testing/raw-client.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from '../testing/test-database.js'
import { Browser, TestChat } from '../testing/test-chat.js'
import { exportOf, importInto } from '../testing/transfer.js'

const SECRET = 's'.repeat(22)

const read = async (chat: TestChat, roomId: string): Promise<RoomMessages> =>
  (await chat.get(`/api/rooms/${roomId}/messages`)).body as unknown as RoomMessages

/** Edits or deletes a message of this epoch. */
function change(page: RawClient, what: 'edit' | 'delete', request: object): Promise<void> {
  return page.receipted(`SEND\ndestination:/app/chat/message/${what}\n`, JSON.stringify(request))
}

describe('export and import of messages that were edited and deleted', () => {
  let roomId: string
  let lines: string[]
  let before: RoomMessages
  let owner: Browser
  let chat: TestChat

  beforeAll(async () => {
    const dataDir = temporaryFolder()
    const source = await TestChat.start({ config: { dataDir } })
    owner = await source.signUp('주인')
    roomId = await owner.room('열린 방')
    const [mine, guest] = [await owner.in(roomId), await source.member(roomId, '민지')]
    const talk = (message: string): Json => ({ type: 'TALK', roomId, message })
    await mine.say(talk('처음 말'))
    await guest.say({ ...talk('손님의 옛말'), sender: '민지', author: SECRET })
    await guest.say({ ...talk('손님이 지운 말'), sender: '민지', author: SECRET })
    await guest.say({ ...talk('주인이 지운 말'), sender: '민지' })
    await mine.say(talk('그대로인 말'))
    const { epoch } = await read(source, roomId)
    const at = (offset: number): object => ({ roomId, offset, epoch })
    await change(mine, 'edit', { ...at(1), message: '고친 말' })
    await change(guest, 'edit', { ...at(2), message: '손님의 새말', author: SECRET })
    await change(guest, 'delete', { ...at(3), author: SECRET })
    await change(mine, 'delete', at(4))
    before = await read(source, roomId)
    await source.close()
    lines = await exportOf(await testPlace(dataDir))

    const imported = temporaryFolder()
    await importInto(await testPlace(imported), lines)
    chat = await TestChat.start({ config: { dataDir: imported } })
  })
  afterAll(async () => {
    await chat?.close()
    await removeTemporaryFolders()
  })

  it('leave nothing of a text that is gone in the file', () => {
    for (const gone of ['처음 말', '손님의 옛말', '손님이 지운 말', '주인이 지운 말'])
      expect(lines.join('')).not.toContain(gone)
    for (const kept of ['고친 말', '손님의 새말', '그대로인 말']) expect(lines.join('')).toContain(kept)
  })

  it('have them as they were, under their offsets', async () => {
    const { messages, first, last } = await read(chat, roomId)
    expect({ messages, first, last }).toEqual({
      messages: before.messages,
      first: before.first,
      last: before.last,
    })
    expect(messages.map(({ message }) => [typeof message.edited, message.deleted])).toEqual([
      ['number', undefined],
      ['number', undefined],
      ['undefined', 'author'],
      ['undefined', 'owner'],
      ['undefined', undefined],
    ])
  })

  it('let what they say now be found, and nothing else', async () => {
    const found = async (q: string): Promise<string[]> =>
      ((await chat.get(`/api/search?q=${encodeURIComponent(q)}`)).body as unknown as SearchResults).hits.map(
        ({ message }) => message.message,
      )
    await expect.poll(() => found('말')).toHaveLength(3)
    expect((await found('말')).toSorted()).toEqual(['고친 말', '그대로인 말', '손님의 새말'])
    expect(await found('지운')).toEqual([])
  })

  it('let whoever wrote them, and the owner, change them again', async () => {
    const { epoch } = await read(chat, roomId)
    const page = await chat.client({ 'x-error-mode': 'keep' })
    const changes = `/topic/chat/room/${roomId}/changes`
    await page.subscribe(changes)
    await change(page, 'edit', { roomId, offset: 2, epoch, message: '또 고친 말', author: SECRET })
    expect(await page.message(changes)).toMatchObject({ offset: 2, message: { message: '또 고친 말' } })
    const mine = await new Browser(chat, owner.cookie).in(roomId)
    await change(mine, 'delete', { roomId, offset: 2, epoch })
    expect((await read(chat, roomId)).messages[1]?.message.deleted).toBe('owner')
  })

  it('tell a page that was away what was changed, where the epoch is the same', async () => {
    const dataDir = temporaryFolder()
    await importInto(await testPlace(dataDir), lines, true)
    const same = await TestChat.start({ config: { dataDir } })
    try {
      const page = await same.client()
      const changes = `/topic/chat/room/${roomId}/changes`
      page.send(
        `SUBSCRIBE\nid:s\ndestination:${changes}\nx-stream-offset:offset=2\nx-stream-epoch:${before.epoch}\n\n`,
      )
      for (const offset of [2, 3, 4]) {
        const { message } = before.messages[offset - 1]!
        expect(await page.message(changes)).toEqual({ type: 'CHANGE', offset, epoch: before.epoch, message })
      }
    } finally {
      await same.close()
    }
  })
})
