import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoomList } from '../contract/index.js'
import type { Json, RawClient } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'
import type { Browser } from './testing/test-chat.js'

const ROOMS = '/topic/chat/rooms'
const OWN_ROOMS = '/user/queue/chat/rooms'
const READS = '/user/queue/chat/read'
const talk = (message: string, roomId = 'lounge'): Json => ({ type: 'TALK', roomId, sender: '민지', message })

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start()
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

/** The next SAID of a destination; counts of members are told there too. */
async function said(client: RawClient, destination: string): Promise<Json> {
  for (;;) {
    const event = await client.message(destination)
    if (event['type'] === 'SAID') return event
  }
}

const listed = async (browser?: Browser): Promise<RoomList> =>
  (await (browser?.call('GET', '/api/rooms') ?? chat.get('/api/rooms'))).body as unknown as RoomList
const saidIn = async (roomId: string, browser?: Browser): Promise<unknown> =>
  (await listed(browser)).rooms.find(({ id }) => id === roomId)?.said

describe('what was said last in a room', () => {
  it('is told to everyone who listens to the list, and stands in the list', async () => {
    const page = await chat.client()
    await page.subscribe(ROOMS)
    expect(await saidIn('lounge')).toBeUndefined()
    const minji = await chat.member('lounge', '민지')
    await minji.say(talk('하나'))
    const first = await said(page, ROOMS)
    expect(first).toMatchObject({ roomId: 'lounge', offset: 1, epoch: expect.any(String) as string })
    await minji.say(talk('둘'))
    expect(await said(page, ROOMS)).toMatchObject({ offset: 2, epoch: first['epoch'] })
    expect(await saidIn('lounge')).toEqual({ offset: 2, epoch: first['epoch'] })
  })

  it('is told at most once in an interval, however much is said; who comes says nothing', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { saidEveryMs: 300, countsEveryMs: 60_000 } })
    const page = await chat.client()
    await page.subscribe(ROOMS)
    const minji = await chat.member('lounge', '민지')
    for (let i = 1; i <= 100; i++) await minji.say(talk(String(i)))
    const told = [await said(page, ROOMS)]
    while (told.at(-1)!['offset'] !== 100) told.push(await said(page, ROOMS))
    // A hundred take less than a second, on a slow machine too; one that is told for each message would be a hundred.
    expect(told.length).toBeLessThan(30)
    expect(new Set(told.map(({ offset }) => offset)).size).toBe(told.length)
  })

  it('is told of a private room to its people alone', async () => {
    const [owner, friend, other] = [
      await chat.signUp('주인'),
      await chat.signUp('벗'),
      await chat.signUp('남'),
    ]
    const room = await owner.room('비밀', true)
    await owner.call('POST', `/api/rooms/${room}/people`, { name: '벗' })
    const [mine, theirs] = [await friend.page(), await other.page()]
    for (const page of [mine, theirs]) for (const to of [ROOMS, OWN_ROOMS]) await page.subscribe(to, to)
    await (await owner.in(room)).say(talk('비밀', room))
    expect(await said(mine, OWN_ROOMS)).toMatchObject({ roomId: room, offset: 1 })
    // What comes after it has come, so what is not there will not come.
    await (await chat.member('lounge', '민지')).say(talk('모두에게'))
    for (const page of [mine, theirs]) expect(await said(page, ROOMS)).toMatchObject({ roomId: 'lounge' })
    expect([...theirs.left(OWN_ROOMS), ...theirs.left(ROOMS)].map(({ roomId }) => roomId)).not.toContain(room)
    expect(await saidIn(room, friend)).toMatchObject({ offset: 1 })
    expect((await listed(other)).rooms.map(({ id }) => id)).not.toContain(room)
  })

  it('is known after a restart', async () => {
    await (await chat.member('lounge', '민지')).say(talk('하나'))
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    expect(await saidIn('lounge')).toMatchObject({ offset: 1 })
  })
})

describe('what an account has read', () => {
  const send = (page: RawClient, roomId: string, offset: unknown, epoch: unknown): Promise<void> =>
    page.receipted('SEND\ndestination:/app/chat/room/read\n', JSON.stringify({ roomId, offset, epoch }))

  /** An account on two devices, in a room in which five messages were said. */
  async function reader(): Promise<{ browser: Browser; phone: RawClient; desk: RawClient; epoch: string }> {
    const minji = await chat.member('lounge', '민지')
    for (const text of ['1', '2', '3', '4', '5']) await minji.say(talk(text))
    const browser = await chat.signUp('수민')
    const [phone, desk] = [await browser.page(), await browser.page()]
    for (const page of [phone, desk]) await page.subscribe(READS)
    const { body } = await chat.get('/api/rooms/lounge/messages')
    return { browser, phone, desk, epoch: body['epoch'] as string }
  }

  it('is told to all of its sessions and stands in its list, after a restart too', async () => {
    const { browser, phone, desk, epoch } = await reader()
    await send(phone, 'lounge', 3, epoch)
    for (const page of [phone, desk])
      expect(await page.message(READS)).toEqual({ type: 'READ', roomId: 'lounge', offset: 3, epoch })
    expect((await listed(browser)).read).toEqual({ lounge: { offset: 3, epoch } })
    expect(await listed()).not.toHaveProperty('read')
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    const { body } = await chat.get('/api/rooms', { headers: { cookie: browser.cookie! } })
    expect(body['read']).toEqual({ lounge: { offset: 3, epoch } })
  })

  it('goes forward only, not beyond what was said, and not by offsets of another epoch', async () => {
    const { browser, phone, desk, epoch } = await reader()
    await send(phone, 'lounge', 4, epoch)
    expect(await desk.message(READS)).toMatchObject({ offset: 4 })
    await send(phone, 'lounge', 2, epoch)
    await send(phone, 'lounge', 5, 'another')
    await send(phone, 'lounge', 1_000_000, epoch)
    expect(await desk.message(READS)).toMatchObject({ offset: 5 })
    expect((await listed(browser)).read).toEqual({ lounge: { offset: 5, epoch } })
    expect(desk.left(READS)).toEqual([])
  })

  it('is nothing yet of a room that was opened before anything was said in it: what comes is unread', async () => {
    const { browser, phone, desk, epoch } = await reader()
    const roomId = await browser.room('아직 조용한 방')
    await send(phone, roomId, 0, epoch)
    expect(await desk.message(READS)).toEqual({ type: 'READ', roomId, offset: 0, epoch })
    expect((await listed(browser)).read).toEqual({ [roomId]: { offset: 0, epoch } })
  })

  it('is written before the chat is closed', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { roomReadsMs: 3_600_000 } })
    const { browser, phone, epoch } = await reader()
    await send(phone, 'lounge', 3, epoch)
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    const { body } = await chat.get('/api/rooms', { headers: { cookie: browser.cookie! } })
    expect(body['read']).toEqual({ lounge: { offset: 3, epoch } })
  })

  it('is refused of guests, of rooms that they may not be in, and where it is no place', async () => {
    const { phone, epoch } = await reader()
    const owner = await chat.signUp('주인')
    const hidden = await owner.room('비밀', true)
    const refused = async (page: RawClient, ...place: [string, unknown, unknown]): Promise<unknown> => {
      void send(page, ...place).catch(() => {})
      return page.refusal()
    }
    const guest = await chat.client({ 'x-error-mode': 'keep' })
    expect(await refused(guest, 'lounge', 1, epoch)).toBe('account-needed')
    expect(await refused(guest, hidden, 1, epoch)).toBe('room-unknown')
    expect(await refused(phone, hidden, 1, epoch)).toBe('room-unknown')
    expect(await refused(phone, 'none', 1, epoch)).toBe('room-unknown')
    for (const offset of [-1, 1.5, 2 ** 53])
      expect(await refused(phone, 'lounge', offset, epoch)).toBe('request-invalid')
    expect(await refused(phone, 'lounge', 1, 'x'.repeat(65))).toBe('request-invalid')
    expect(await refused(phone, 'lounge', '1', epoch)).toBe('body-invalid')
  })

  it('is kept even where another room, that waits with it, is deleted', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { roomReadsMs: 3_600_000 } })
    const { browser, phone, epoch } = await reader()
    const room = await browser.room('곧 지울 방')
    await (await browser.in(room)).say(talk('하나', room))
    await send(phone, room, 1, epoch)
    await send(phone, 'lounge', 3, epoch)
    await browser.call('DELETE', `/api/rooms/${room}`)
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    const { body } = await chat.get('/api/rooms', { headers: { cookie: browser.cookie! } })
    expect(body['read']).toEqual({ lounge: { offset: 3, epoch } })
  })

  it('does not grow without bound while it waits to be written', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { roomReadsMs: 3_600_000, roomReadsWaiting: 1 } })
    const { phone, epoch } = await reader()
    const other = await chat.room('다른 방')
    await send(phone, 'lounge', 1, epoch)
    await send(phone, 'lounge', 2, epoch)
    void send(phone, other, 1, epoch).catch(() => {})
    expect(await phone.refusal()).toBe('too-many-requests')
  })
})
