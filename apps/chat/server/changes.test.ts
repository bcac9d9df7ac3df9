import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoomMessages, SearchResults } from '../contract/index.js'
import type { Json, RawClient } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'

const LOUNGE = '/topic/chat/room/lounge'
const SECRET = 's'.repeat(22)
const OTHER = 't'.repeat(22)

let chat: TestChat
let epoch: string

beforeEach(async () => {
  chat = await TestChat.start()
  epoch = (await read()).epoch
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

const talk = (message: string, more: object = {}): Json => ({
  type: 'TALK',
  roomId: 'lounge',
  sender: '민지',
  message,
  ...more,
})
const read = async (room = 'lounge'): Promise<RoomMessages> =>
  (await chat.get(`/api/rooms/${room}/messages`)).body as unknown as RoomMessages
const texts = async (room?: string): Promise<string[]> =>
  (await read(room)).messages.map(({ message }) => message.message)

function send(page: RawClient, what: 'edit' | 'delete', request: object): Promise<void> {
  const body = JSON.stringify({ roomId: 'lounge', epoch, ...request })
  return page.receipted(`SEND\ndestination:/app/chat/message/${what}\n`, body)
}

/** The code with which a request is refused. */
async function refused(
  page: RawClient,
  what: 'edit' | 'delete',
  request: object,
): Promise<string | undefined> {
  send(page, what, request).catch(() => {})
  return page.refusal()
}

/** A guest in the lounge, whose session survives refusals. */
async function guest(sender = '민지', roomId = 'lounge'): Promise<RawClient> {
  const page = await chat.client({ 'x-error-mode': 'keep' })
  await page.subscribe(`/topic/chat/room/${roomId}/changes`, 'changes')
  await page.subscribe(`/topic/chat/room/${roomId}`, 'room')
  await page.say({ type: 'ENTER', roomId, sender, message: '' })
  await page.message(`/topic/chat/room/${roomId}`)
  return page
}

const found = async (q: string): Promise<string[]> =>
  ((await chat.get(`/api/search?q=${q}`)).body as unknown as SearchResults).hits.map(
    ({ message }) => message.message,
  )

describe('an edit', () => {
  it('is there for who comes later, told to who is there, and found; nobody is told on the room’s topic', async () => {
    const [minji, sumin] = [await guest(), await guest('수민')]
    await minji.say(talk('옛말', { author: SECRET }))
    await sumin.message(LOUNGE)
    await expect.poll(() => found('옛말')).toEqual(['옛말'])
    await send(minji, 'edit', { offset: 1, message: '새말', author: SECRET })
    const event = await sumin.message(`${LOUNGE}/changes`)
    expect(event).toMatchObject({
      type: 'CHANGE',
      offset: 1,
      epoch,
      message: { sender: '민지', message: '새말' },
    })
    expect(event['message']).toMatchObject({ edited: expect.any(Number) as number })
    expect(await texts()).toEqual(['새말'])
    expect(await found('옛말')).toEqual([])
    expect(await found('새말')).toEqual(['새말'])
    expect(sumin.left(LOUNGE)).toEqual([])
    const late = await chat.client()
    late.send(`SUBSCRIBE\nid:s\ndestination:${LOUNGE}\nx-stream-offset:first\n\n`)
    expect(await late.message(LOUNGE)).toMatchObject({ message: '새말' })
  })

  it('comes to a page that was away, by the offset of the changes', async () => {
    const minji = await guest()
    for (const text of ['1', '2']) await minji.say(talk(text, { author: SECRET }))
    await send(minji, 'edit', { offset: 1, message: '하나', author: SECRET })
    await send(minji, 'edit', { offset: 2, message: '둘', author: SECRET })
    const back = await chat.client()
    back.send(
      `SUBSCRIBE\nid:s\ndestination:${LOUNGE}/changes\nx-stream-offset:offset=2\nx-stream-epoch:${epoch}\nreceipt:r\n\n`,
    )
    expect((await back.next('RECEIPT')).headers).toMatchObject({ 'x-stream-recovered': 'true' })
    expect(await back.message(`${LOUNGE}/changes`)).toMatchObject({ offset: 2, message: { message: '둘' } })
  })

  it('that is repeated, or changes nothing, is confirmed and not told again', async () => {
    const minji = await guest()
    await minji.say(talk('1', { author: SECRET }))
    for (const message of ['1', '2', '2']) await send(minji, 'edit', { offset: 1, message, author: SECRET })
    await send(minji, 'edit', { offset: 1, message: '3', author: SECRET })
    const told = [await minji.message(`${LOUNGE}/changes`), await minji.message(`${LOUNGE}/changes`)]
    expect(told.map(({ message }) => (message as Json)['message'])).toEqual(['2', '3'])
    expect(minji.left(`${LOUNGE}/changes`)).toEqual([])
  })

  it('is of an account whatever device it is on, and of nobody else who knows its name or a secret', async () => {
    const browser = await chat.signUp('수민')
    const [phone, desk] = [await browser.in('lounge'), await browser.page()]
    await phone.say(talk('옛말', { author: SECRET }))
    expect((await read()).messages[0]?.message).not.toHaveProperty('author')
    const stranger = await (await chat.signUp('남')).page()
    for (const author of [undefined, SECRET])
      expect(await refused(stranger, 'edit', { offset: 1, message: 'x', author })).toBe('message-not-yours')
    expect(await refused(await guest(), 'edit', { offset: 1, message: 'x', author: SECRET })).toBe(
      'message-not-yours',
    )
    await send(desk, 'edit', { offset: 1, message: '새말' })
    expect(await texts()).toEqual(['새말'])
  })

  it('of a guest needs the secret that it was said with, in whatever session; nobody sees it', async () => {
    const minji = await guest()
    await minji.say(talk('첫째', { author: SECRET, id: 'a' }))
    await minji.say(talk('둘째', { author: SECRET, id: 'b' }))
    await minji.say(talk('셋째'))
    const kept = (await read()).messages.map(({ message }) => message.author)
    expect(JSON.stringify(kept)).not.toContain(SECRET)
    expect(kept[0]).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(kept[1]).not.toBe(kept[0])
    expect(kept[2]).toBeUndefined()
    const again = await chat.client({ 'x-error-mode': 'keep' })
    for (const author of [undefined, OTHER, kept[0]])
      expect(await refused(again, 'edit', { offset: 1, message: 'x', author })).toBe('message-not-yours')
    expect(await refused(again, 'edit', { offset: 3, message: 'x', author: SECRET })).toBe(
      'message-not-yours',
    )
    await send(again, 'edit', { offset: 1, message: '하나', author: SECRET })
    expect(await texts()).toEqual(['하나', '둘째', '셋째'])
    expect(JSON.stringify(chat.logged)).not.toContain(SECRET)
  })

  it('is refused once the message is too old, and deleting it is not', async () => {
    await chat.close()
    chat = await TestChat.start({ config: { editMs: 0 } })
    epoch = (await read()).epoch
    const minji = await guest()
    await minji.say(talk('1', { author: SECRET }))
    expect(await refused(minji, 'edit', { offset: 1, message: '2', author: SECRET })).toBe('edit-too-late')
    await send(minji, 'delete', { offset: 1, author: SECRET })
    expect(await texts()).not.toContain('1')
  })

  it('is refused of what is not there, and of what is no message', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { roomMessages: 2 } })
    epoch = (await read()).epoch
    const minji = await guest()
    for (const text of ['1', '2', '3', '4']) await minji.say(talk(text, { author: SECRET }))
    const edit = (more: object): Promise<string | undefined> =>
      refused(minji, 'edit', { offset: 4, message: 'x', author: SECRET, ...more })
    for (const offset of [0, -1, 1.5, 5, 2 ** 53])
      expect([offset, await edit({ offset })]).toEqual([offset, 'message-unknown'])
    // What was trimmed; the store may keep it a little longer, and nobody sees it.
    expect(await edit({ offset: 1 })).toBe('message-unknown')
    expect(await edit({ epoch: 'another' })).toBe('message-unknown')
    const other = await chat.room('다른 방')
    expect(await edit({ roomId: other })).toBe('message-unknown')
    expect(await edit({ roomId: 'none' })).toBe('room-unknown')
    expect(await edit({ message: ' ' })).toBe('message-empty')
    expect(await edit({ message: '가'.repeat(4_001) })).toBe('message-too-long')
    expect(await edit({ author: 'short' })).toBe('request-invalid')
    expect(await edit({ author: 'x'.repeat(65) })).toBe('request-invalid')
    expect(await edit({ offset: '4' })).toBe('body-invalid')
    expect(await texts()).toEqual(['3', '4'])
  })

  it('comes last however many come at once, and a deletion among them stays', async () => {
    const minji = await guest()
    await minji.say(talk('0', { author: SECRET }))
    const pages = [await guest(), await guest(), minji]
    const sent = Array.from({ length: 30 }, (_, i) =>
      send(pages[i % 3]!, 'edit', { offset: 1, message: `${i}`, author: SECRET }),
    )
    sent.push(send(minji, 'delete', { offset: 1, author: SECRET }))
    for (const one of sent) one.catch(() => {})
    await sent.at(-1)
    expect((await read()).messages[0]?.message).toMatchObject({ deleted: 'author' })
    expect(await refused(pages[0]!, 'edit', { offset: 1, message: 'x', author: SECRET })).toBe(
      'message-deleted',
    )
  })

  it('is refused of who makes too many', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { editsPerMinute: 3 } })
    epoch = (await read()).epoch
    const minji = await guest()
    await minji.say(talk('0', { author: SECRET }))
    for (const message of ['1', '2', '3']) await send(minji, 'edit', { offset: 1, message, author: SECRET })
    expect(await refused(await guest(), 'edit', { offset: 1, message: '4', author: SECRET })).toBe(
      'too-many-requests',
    )
    expect(await texts()).toEqual(['3'])
  })
})

describe('a deletion', () => {
  it('leaves the text nowhere: not in the history, not among the changes, not in what can be found', async () => {
    const minji = await guest()
    await minji.say(talk('비밀 하나', { author: SECRET }))
    await send(minji, 'edit', { offset: 1, message: '비밀 둘', author: SECRET })
    await send(minji, 'edit', { offset: 1, message: '비밀 셋', author: SECRET })
    await expect.poll(() => found('비밀')).toEqual(['비밀 셋'])
    await send(minji, 'delete', { offset: 1, author: SECRET })
    expect(await found('비밀')).toEqual([])
    expect(await found('삭제')).toEqual([])
    const [{ message }] = (await read()).messages as unknown as [{ message: Json }]
    expect(message).toMatchObject({
      type: 'TALK',
      sender: '민지',
      message: '삭제된 메시지입니다.',
      deleted: 'author',
    })
    expect(message).not.toHaveProperty('edited')
    const late = await chat.client()
    late.send(`SUBSCRIBE\nid:s\ndestination:${LOUNGE}/changes\nx-stream-offset:first\n\n`)
    for (let i = 0; i < 3; i++) {
      expect(await late.message(`${LOUNGE}/changes`)).toMatchObject({
        offset: 1,
        message: { deleted: 'author' },
      })
    }
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    expect(JSON.stringify(await read())).not.toContain('비밀')
    expect(await found('비밀')).toEqual([])
  })

  it('is the owner’s right in their room, of whatever was said, and nobody else’s', async () => {
    const owner = await chat.signUp('주인')
    const room = await owner.room('방')
    const minji = await guest('민지', room)
    await minji.say(talk('하나', { roomId: room, author: SECRET }))
    await (await guest()).say(talk('라운지', { author: SECRET }))
    const page = await owner.page()
    expect(await refused(page, 'edit', { roomId: room, offset: 1, message: 'x' })).toBe('message-not-yours')
    expect(await refused(page, 'delete', { offset: 1 })).toBe('message-not-yours')
    expect(await refused(await (await chat.signUp('남')).page(), 'delete', { roomId: room, offset: 1 })).toBe(
      'message-not-yours',
    )
    await send(page, 'delete', { roomId: room, offset: 1 })
    expect(await minji.message(`/topic/chat/room/${room}/changes`)).toMatchObject({
      message: { deleted: 'owner' },
    })
    // Once more, after a lost receipt.
    await send(page, 'delete', { roomId: room, offset: 1 })
    expect(minji.left(`/topic/chat/room/${room}/changes`)).toEqual([])
    expect(await texts()).toEqual(['라운지'])
  })

  it('that a process has begun and not finished is finished by the next one', async () => {
    const minji = await guest()
    await minji.say(talk('하나', { author: SECRET }))
    await chat.database((database) =>
      database
        .insertInto('message_changes')
        .values({ room_id: 'lounge', said_offset: 1, begun_at: 1 })
        .execute(),
    )
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    const page = await guest('수민')
    page.send(`SUBSCRIBE\nid:s\ndestination:${LOUNGE}/changes\nx-stream-offset:first\n\n`)
    expect(await page.message(`${LOUNGE}/changes`)).toMatchObject({ offset: 1, message: { message: '하나' } })
    const begun = (): Promise<unknown[]> =>
      chat.database((database) => database.selectFrom('message_changes').selectAll().execute())
    await expect.poll(begun).toEqual([])
  })

  it('waits while another process changes the message', async () => {
    const minji = await guest()
    await minji.say(talk('하나', { author: SECRET }))
    const begun_at = Date.now()
    await chat.database((database) =>
      database
        .insertInto('message_changes')
        .values({ room_id: 'lounge', said_offset: 1, begun_at })
        .execute(),
    )
    expect(await refused(minji, 'delete', { offset: 1, author: SECRET })).toBe('too-many-requests')
    expect(await texts()).toEqual(['하나'])
  })
})

describe('changes of a room', () => {
  it('are for those who may be in it, and are cut off with it', async () => {
    const [owner, other] = [await chat.signUp('주인'), await chat.signUp('남')]
    const hidden = await owner.room('비밀', true)
    const page = await other.page()
    const subscribe = (): Promise<string | undefined> => {
      page.send(`SUBSCRIBE\nid:c\ndestination:/topic/chat/room/${hidden}/changes\n\n`)
      return page.refusal()
    }
    expect(await subscribe()).toBe('room-unknown')
    page.send(`SEND\ndestination:/topic/chat/room/lounge/changes\n\n{}`)
    expect(await page.refusal()).toBeDefined()
    await owner.call('POST', `/api/rooms/${hidden}/people`, { name: '남' })
    await page.subscribe(`/topic/chat/room/${hidden}/changes`, 'only')
    expect(await refused(page, 'delete', { roomId: hidden, offset: 1 })).toBe('message-unknown')
    await owner.call('POST', `/api/rooms/${hidden}/bans`, { name: '남', lasting: true })
    const { headers } = await page.next('ERROR')
    expect([headers['code'], headers['subscription']]).toEqual(['banned', 'only'])
    expect(await refused(page, 'delete', { roomId: hidden, offset: 1 })).toBe('room-unknown')
  })

  it('are refused of who is banned, by the name that stands in the message too', async () => {
    const owner = await chat.signUp('주인')
    const room = await owner.room('방')
    const minji = await guest('민지', room)
    await minji.say(talk('하나', { roomId: room, author: SECRET }))
    await owner.call('POST', `/api/rooms/${room}/bans`, { name: '민지', lasting: true })
    const nameless = await chat.client({ 'x-error-mode': 'keep' })
    expect(await refused(nameless, 'edit', { roomId: room, offset: 1, message: 'x', author: SECRET })).toBe(
      'banned',
    )
    expect(await texts(room)).toEqual(['하나'])
  })
})
