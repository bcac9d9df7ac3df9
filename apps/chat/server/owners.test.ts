import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT_ERRORS } from '../contract/index.js'
import type { ChatErrorCode } from '../contract/index.js'
import type { Browser } from './testing/test-chat.js'
import {
  Browser as GuestBrowser,
  TestChat,
  removeTemporaryFolders,
  temporaryFolder,
} from './testing/test-chat.js'

let chat: TestChat
let owner: Browser
let other: Browser

beforeEach(async () => {
  chat = await TestChat.start()
  owner = await chat.signUp('주인')
  other = await chat.signUp('민지')
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

const topic = (roomId: string): string => `/topic/chat/room/${roomId}`
const refused = (status: number, code: ChatErrorCode): object => ({
  status,
  body: { code, message: CHAT_ERRORS[code] },
})
const rooms = async (browser: Browser): Promise<unknown[]> =>
  (await browser.call('GET', '/api/rooms')).body['rooms'] as unknown[]
const kick = (browser: Browser, roomId: string, name: string, lasting = false) =>
  browser.call('POST', `/api/rooms/${roomId}/bans`, { name, lasting })

describe('the owner of a room', () => {
  it('is the account that made it; a guest’s room has none', async () => {
    const owned = await owner.room('내 방')
    const free = await chat.room('모두의 방')
    expect(await rooms(other)).toMatchObject([{ id: 'lounge' }, { id: owned, owner: '주인' }, { id: free }])
    expect((await chat.get(`/api/rooms/${free}`)).body['room']).not.toHaveProperty('owner')
    for (const id of ['lounge', free]) {
      expect(await owner.call('PATCH', `/api/rooms/${id}`, { name: '내 것' })).toMatchObject(
        refused(403, 'owner-only'),
      )
    }
    expect(chat.lines('room made')).toContainEqual({
      room: owned,
      name: '내 방',
      owner: '주인',
      private: false,
    })
  })

  it('renames it, and everyone is told', async () => {
    const id = await owner.room('내 방')
    await other.room('남의 방')
    const watching = await other.page()
    await watching.subscribe('/topic/chat/rooms')
    expect(await owner.call('PATCH', `/api/rooms/${id}`, { name: ' 새  이름 ' })).toMatchObject({
      status: 200,
      body: { id, name: '새 이름' },
    })
    expect(await watching.message('/topic/chat/rooms')).toMatchObject({
      type: 'ROOM',
      room: { name: '새 이름' },
    })
    expect(await owner.call('PATCH', `/api/rooms/${id}`, { name: '남의 방' })).toMatchObject(
      refused(409, 'room-name-taken'),
    )
    await owner.call('PATCH', `/api/rooms/${id}`, { name: '새 이름' })
    expect((await chat.post({ name: '새 이름' })).status).toBe(409)
    expect((await chat.post({ name: '내 방' })).status).toBe(201)
  })

  it('deletes it: whoever is in it is told and put out, the list is told, and the name is free', async () => {
    const id = await owner.room('내 방')
    const page = await other.in(id)
    await page.subscribe('/topic/chat/rooms')
    expect((await owner.call('DELETE', `/api/rooms/${id}`)).status).toBe(200)
    const gone = await page.next('MESSAGE', ({ body }) => body.includes('GONE'))
    expect(JSON.parse(gone.body)).toEqual({ type: 'GONE', roomId: id })
    expect((await page.next('ERROR')).headers).toMatchObject({ code: 'room-unknown', subscription: 'room' })
    page.sayOnly({ type: 'TALK', roomId: id, sender: null, message: '아직?' })
    expect(await page.refusal()).toBe('room-unknown')
    expect(await chat.get(`/api/rooms/${id}`)).toMatchObject(refused(404, 'room-unknown'))
    expect((await chat.post({ name: '내 방' })).status).toBe(201)
  })

  it('is kept over a restart, with who can enter and who cannot', async () => {
    const config = { dataDir: temporaryFolder() }
    const first = await TestChat.start({ config })
    const [a, b] = [await first.signUp('주인'), await first.signUp('민지')]
    const id = await a.room('비밀', true)
    await a.call('POST', `/api/rooms/${id}/people`, { name: '민지' })
    await kick(a, id, '수민', true)
    const settings = (await a.call('GET', `/api/rooms/${id}/settings`)).body
    expect(settings).toEqual({
      people: ['주인', '민지'],
      bans: [{ name: '수민' }],
      invitation: expect.stringMatching(/^[\w-]{27}$/) as string,
    })
    await first.close()
    const second = await TestChat.start({ config })
    const again = new GuestBrowser(second, a.cookie)
    expect((await again.call('GET', `/api/rooms/${id}/settings`)).body).toEqual(settings)
    await new GuestBrowser(second, b.cookie).in(id)
    await second.close()
  })

  it('owns as many rooms as an account can', async () => {
    const small = await TestChat.start({ limits: { roomsOwned: 1 } })
    const browser = await small.signUp('주인')
    await browser.room('하나')
    expect(await browser.call('POST', '/api/rooms', { name: '둘' })).toMatchObject(
      refused(409, 'room-own-limit'),
    )
    await small.close()
  })
})

describe('kicking and banning', () => {
  it('cuts live subscriptions at once, and says why', async () => {
    const id = await owner.room('내 방')
    const [page, stays] = [await other.in(id), await owner.in(id)]
    expect((await kick(owner, id, '민지')).status).toBe(200)
    expect((await page.next('ERROR')).headers).toMatchObject({ code: 'kicked', subscription: 'room' })
    await stays.say({ type: 'TALK', roomId: id, sender: null, message: '나갔네' })
    expect(page.left(topic(id)).map(({ message }) => message)).not.toContain('나갔네')
    expect((await chat.get(`/api/rooms/${id}`)).body['members']).toEqual(['주인'])
    expect(chat.lines('person kicked')).toEqual([{ room: id, by: '주인', whom: '민지' }])
  })

  it('ends the session of a page that knows no ERRORs it can survive', async () => {
    const id = await owner.room('내 방')
    const old = await chat.member(id, '철수')
    await kick(owner, id, '철수')
    expect(await old.refusal()).toBe('kicked')
    expect((await old.closed) > 1000).toBe(true)
  })

  it('keeps someone who was kicked out for a while: they come back when it is lifted', async () => {
    const id = await owner.room('내 방')
    await other.in(id)
    const { body } = await kick(owner, id, '민지')
    expect(body['bans']).toEqual([{ name: '민지', endsAt: expect.any(Number) as number }])
    const page = await other.page()
    page.send(`SUBSCRIBE\nid:1\ndestination:${topic(id)}\n\n`)
    expect(await page.refusal()).toBe('kicked')
    expect(
      (await owner.call('DELETE', `/api/rooms/${id}/bans/${encodeURIComponent('민지')}`)).body,
    ).toMatchObject({
      bans: [],
    })
    await other.in(id)
  })

  it('is over by itself after a while, where it is a kick', async () => {
    const short = await TestChat.start({ limits: { kickMs: 1 } })
    const [a, b] = [await short.signUp('주인'), await short.signUp('민지')]
    const id = await a.room('내 방')
    await b.in(id)
    await kick(a, id, '민지')
    const bans = async (): Promise<unknown> => (await a.call('GET', `/api/rooms/${id}/settings`)).body['bans']
    await expect.poll(bans).toEqual([])
    await b.in(id)
    await short.close()
  })

  it('is by name for guests: under it nobody enters, and a page that listened without a name is cut', async () => {
    const id = await owner.room('내 방')
    const guest = await chat.member(id, '철수')
    await kick(owner, id, '철수', true)
    expect(await guest.refusal()).toBe('banned')
    const again = await new GuestBrowser(chat).page()
    await again.subscribe(topic(id))
    await again.subscribe(`${topic(id)}/members`)
    again.sayOnly({ type: 'ENTER', roomId: id, sender: ' 철수', message: '' })
    expect(await again.refusal()).toBe('banned')
    const stays = await owner.in(id)
    await stays.say({ type: 'TALK', roomId: id, sender: null, message: '조용' })
    expect(again.left(topic(id))).toEqual([])
    expect(again.left(`${topic(id)}/members`).filter(({ name }) => name === '주인')).toEqual([])
  })

  it('is the owner’s alone, and never the owner’s own', async () => {
    const id = await owner.room('내 방')
    expect(await kick(other, id, '주인')).toMatchObject(refused(403, 'owner-only'))
    expect(await kick(new GuestBrowser(chat), id, '민지')).toMatchObject(refused(401, 'account-needed'))
    expect(await kick(owner, id, ' 주인 ')).toMatchObject(refused(403, 'owner-stays'))
    expect(await kick(owner, id, '  ')).toMatchObject(refused(400, 'request-invalid'))
    await owner.in(id)
  })

  it('has as many bans as a room can: those that are over do not count', async () => {
    const small = await TestChat.start({ limits: { roomBans: 1, kickMs: 1 } })
    const browser = await small.signUp('주인')
    const id = await browser.room('내 방')
    expect((await kick(browser, id, '하나')).status).toBe(200)
    await expect.poll(async () => (await kick(browser, id, '둘', true)).status).toBe(200)
    expect((await kick(browser, id, '둘', true)).status).toBe(200)
    expect(await kick(browser, id, '셋', true)).toMatchObject(refused(409, 'room-people-limit'))
    await small.close()
  })
})

describe('a private room', () => {
  it('is made by accounts, and seen by its people alone', async () => {
    expect(await chat.post({ name: '비밀', private: true })).toMatchObject(refused(401, 'account-needed'))
    const id = await owner.room('비밀', true)
    expect(await rooms(owner)).toMatchObject([{ id: 'lounge' }, { id, private: true, owner: '주인' }])
    expect(await rooms(other)).toMatchObject([{ id: 'lounge' }])
    expect(await rooms(new GuestBrowser(chat))).toMatchObject([{ id: 'lounge' }])
    const page = await owner.in(id)
    await page.say({ type: 'TALK', roomId: id, sender: null, message: '혼자' })
  })

  it('lets in whom its owner names; their list shows it at once, and they can leave for good', async () => {
    const id = await owner.room('비밀', true)
    const page = await other.page()
    await page.subscribe('/user/queue/chat/rooms')
    const invited = await owner.call('POST', `/api/rooms/${id}/people`, { name: ' 민지' })
    expect(invited.body).toMatchObject({ people: ['주인', '민지'] })
    expect(await page.message('/user/queue/chat/rooms')).toMatchObject({ type: 'ROOM', room: { id } })
    const inside = await other.in(id)
    expect((await other.call('DELETE', `/api/rooms/${id}/people/me`)).status).toBe(200)
    expect(await inside.refusal()).toBe('put-out')
    const gone = await page.next('MESSAGE', ({ body }) => body.includes('GONE'))
    expect(JSON.parse(gone.body)).toEqual({ type: 'GONE', roomId: id })
    expect(await rooms(other)).toMatchObject([{ id: 'lounge' }])
    expect(await owner.call('DELETE', `/api/rooms/${id}/people/me`)).toMatchObject(
      refused(403, 'owner-stays'),
    )
  })

  it('lets in who has its invitation, until the owner makes another one', async () => {
    const id = await owner.room('비밀', true)
    const { invitation } = (await owner.call('GET', `/api/rooms/${id}/settings`)).body
    const path = `/api/invitations/${String(invitation)}`
    expect((await chat.get(path)).body).toEqual({ roomName: '비밀' })
    expect(await new GuestBrowser(chat).call('POST', path)).toMatchObject(refused(401, 'account-needed'))
    expect(await other.call('POST', path)).toMatchObject({ status: 200, body: { id, private: true } })
    await other.in(id)
    const renewed = await owner.call('POST', `/api/rooms/${id}/invitation`)
    expect(renewed.body['invitation']).not.toBe(invitation)
    const third = await chat.signUp('수민')
    expect(await third.call('POST', path)).toMatchObject(refused(404, 'invitation-unknown'))
    expect(await third.call('GET', path)).toMatchObject(refused(404, 'invitation-unknown'))
    expect(JSON.stringify(chat.logged)).not.toContain(invitation)
  })

  it('lets nobody back in by its invitation who was kicked or banned', async () => {
    const id = await owner.room('비밀', true)
    const { invitation } = (await owner.call('GET', `/api/rooms/${id}/settings`)).body
    const path = `/api/invitations/${String(invitation)}`
    await other.call('POST', path)
    const page = await other.in(id)
    await kick(owner, id, '민지')
    expect(await page.refusal()).toBe('put-out')
    expect(await other.call('POST', path)).toMatchObject(refused(403, 'kicked'))
    expect(await other.call('GET', `/api/rooms/${id}`)).toMatchObject(refused(404, 'room-unknown'))
    await kick(owner, id, '민지', true)
    expect(await other.call('POST', path)).toMatchObject(refused(403, 'banned'))
  })

  it('has as many people as it can', async () => {
    const small = await TestChat.start({ limits: { roomPeople: 2 } })
    const browser = await small.signUp('주인')
    for (const name of ['민지', '수민']) await small.signUp(name)
    const id = await browser.room('비밀', true)
    const invite = (name: string) => browser.call('POST', `/api/rooms/${id}/people`, { name })
    expect((await invite('민지')).status).toBe(200)
    expect((await invite('민지')).status).toBe(200)
    expect(await invite('수민')).toMatchObject(refused(409, 'room-people-limit'))
    expect(await invite('아무도')).toMatchObject(refused(404, 'person-unknown'))
    await small.close()
  })

  it('keeps its name from nobody, for that would tell that there is one', async () => {
    await owner.room('비밀', true)
    expect((await chat.post({ name: '비밀' })).status).toBe(201)
    await other.room('비밀', true)
  })
})
