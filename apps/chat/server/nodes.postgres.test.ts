import { allow, createStompServer } from 'stomping-ground'
import type { StompServer } from 'stomping-ground'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cable } from './testing/cable.js'
import type { Json, RawClient } from './testing/raw-client.js'
import { Browser, TestChat, removeTemporaryFolders, temporaryFolder } from './testing/test-chat.js'

const ROOMS = '/topic/chat/rooms'
const topic = (roomId: string): string => `/topic/chat/room/${roomId}`
const members = (roomId: string): string => `${topic(roomId)}/members`

afterAll(removeTemporaryFolders)

/** Several nodes of one chat: one database, which has to be PostgreSQL, and a broker between, each on a cable of its own. */
describe('two nodes of one chat', () => {
  let broker: StompServer
  let port: number
  let a: TestChat
  let b: TestChat
  let cable: Cable
  let dataDir: string

  /** @param more where it is not left at that a node is gone after longer than a machine stands still */
  async function node(
    brokerPort: number,
    { openRooms = false, nodeGoneMs = 60_000 }: { openRooms?: boolean; nodeGoneMs?: number } = {},
  ): Promise<TestChat> {
    return TestChat.start({
      config: { dataDir, openRooms, brokerUrl: `stomp://127.0.0.1:${brokerPort}` },
      limits: { nodeAnnounceMs: 100, nodeGoneMs },
    })
  }

  beforeEach(async () => {
    const all = [allow('/**')]
    broker = createStompServer({ permissions: { subscribe: all, send: all } })
    port = (await broker.listenTcp({ port: 0 })).port
    cable = await Cable.to(port)
    dataDir = temporaryFolder()
    a = await node(port)
    b = await node(cable.port)
    await Promise.all([a, b].map((chat) => logs(chat, 'node joined')))
  })
  afterEach(async () => {
    await Promise.all([a, b].map((chat) => chat.close()))
    await cable.close()
    await broker.close()
  })

  it('know together who is in a room, in an order that each page can follow', async () => {
    const [here, there] = [await a.client(), await b.client()]
    for (const page of [here, there]) await page.subscribe(members('lounge'))
    const minji = await a.member('lounge', '민지')
    await b.member('lounge', '하나')
    const again = await b.member('lounge', '민지')
    for (const page of [here, there]) {
      expect([await event(page), await event(page)].toSorted()).toEqual(['JOIN 민지', 'JOIN 하나'])
      const { seq, ...who } = await membersOf(page)
      expect({ ...who, members: (who['members'] as string[]).toSorted() }).toEqual({
        members: ['민지', '하나'],
        registered: [],
      })
      expect(page.left(members('lounge'))).toEqual([])
      await page.subscribe(ROOMS, 'list')
      expect((await b.get('/api/rooms')).body['rooms']).toMatchObject([{ id: 'lounge', members: 2 }])
      expect(typeof seq).toBe('number')
    }
    const { seq } = await membersOf(here)
    minji.cut()
    await minji.closed
    again.cut()
    for (const page of [here, there]) {
      expect(await page.message(members('lounge'))).toMatchObject({ type: 'LEAVE', name: '민지', members: 1 })
    }
    expect((await membersOf(here))['seq']).toBe((seq as number) + 1)
  })

  it('lose the people of a node that is cut off, and get them back', async () => {
    await a.close()
    a = await node(port, { nodeGoneMs: 1_000 })
    await logs(a, 'node joined')
    await b.member('lounge', '하나')
    const page = await a.client()
    await page.subscribe(members('lounge'))
    cable.pull()
    expect(await event(page)).toBe('LEAVE 하나')
    cable.mend()
    expect(await event(page)).toBe('JOIN 하나')
    // Nobody of those who are connected there was told that others had left.
    expect((await membersOf(page))['members']).toEqual(['하나'])
  })

  it('lose the people of a node that is closed at once', async () => {
    await b.member('lounge', '하나')
    const page = await a.client()
    await page.subscribe(members('lounge'))
    await b.close()
    expect(await event(page)).toBe('LEAVE 하나')
    expect(a.lines('node left')).toMatchObject([{ goodbye: true }])
  })

  it('let people talk, and tell each other’s lists of rooms where something was said', async () => {
    const list = await b.client()
    await list.subscribe(ROOMS)
    const [minji, hana] = [await a.member('lounge', '민지'), await b.member('lounge', '하나')]
    expect(await minji.message(topic('lounge'))).toMatchObject({ type: 'ENTER', sender: '하나' })
    await minji.say({ type: 'TALK', roomId: 'lounge', message: '안녕' })
    expect(await hana.message(topic('lounge'))).toMatchObject({ sender: '민지', message: '안녕' })
    const [said] = await events(list, ROOMS, 'SAID')
    expect(said).toMatchObject({ roomId: 'lounge', offset: 1 })
    expect((await b.get('/api/rooms')).body['rooms']).toMatchObject([{ said: { offset: 1 } }])
  })

  it('have each other’s rooms at once, their new names, and no more when they are gone', async () => {
    const owner = await a.signUp('주인')
    const list = await b.client()
    await list.subscribe(ROOMS)
    const id = await owner.room('점심')
    expect(await list.message(ROOMS)).toMatchObject({
      type: 'ROOM',
      room: { id, name: '점심', owner: '주인' },
    })
    const member = await b.member(id, '하나')
    await member.subscribe(members(id))
    await owner.call('PATCH', `/api/rooms/${id}`, { name: '저녁' })
    const [renamed] = await events(member, members(id), 'ROOM')
    expect(renamed).toMatchObject({ room: { name: '저녁' } })
    await owner.call('DELETE', `/api/rooms/${id}`)
    expect(await events(list, ROOMS, 'GONE')).toMatchObject([{ roomId: id }])
    expect(await member.refusal()).toBe('room-unknown')
    expect((await b.get(`/api/rooms/${id}`)).status).toBe(404)
    expect((await b.post({ name: '저녁' })).status).toBe(201)
  })

  it('put out whom the other bans, and let nobody in whom it keeps out', async () => {
    const owner = await a.signUp('주인')
    const id = await owner.room('내 방')
    await seen(b, id)
    const guest = await b.member(id, '하나')
    expect((await owner.call('POST', `/api/rooms/${id}/bans`, { name: '하나', lasting: true })).status).toBe(
      200,
    )
    expect(await guest.refusal()).toBe('banned')
    const again = await b.client({ 'x-error-mode': 'keep' })
    again.send(
      `SEND\ndestination:/app/chat/message\n\n${JSON.stringify({ type: 'TALK', roomId: id, sender: '하나', message: 'x' })}`,
    )
    expect(await again.refusal()).toBe('banned')
    await owner.call('DELETE', `/api/rooms/${id}/bans/${encodeURIComponent('하나')}`)
    await b.member('lounge', '하나')
  })

  it('open private rooms on both to those who were invited on one, and close them', async () => {
    const owner = await a.signUp('주인')
    const minji = new Browser(b, (await a.signUp('민지')).cookie)
    const id = await owner.room('비밀', true)
    const page = await minji.page()
    await page.subscribe('/user/queue/chat/rooms')
    await owner.call('POST', `/api/rooms/${id}/people`, { name: '민지' })
    expect(await page.message('/user/queue/chat/rooms')).toMatchObject({
      type: 'ROOM',
      room: { id, private: true },
    })
    await page.subscribe(topic(id), 'room')
    await owner.call('POST', `/api/rooms/${id}/bans`, { name: '민지', lasting: false })
    expect(await events(page, '/user/queue/chat/rooms', 'GONE')).toEqual([{ type: 'GONE', roomId: id }])
    expect(await page.refusal()).toMatch(/^(put-out|kicked)$/)
    expect((await minji.call('GET', `/api/rooms/${id}`)).status).toBe(404)
  })

  it('end each other’s sessions when somebody signs out, changes the password or registers a guest’s name', async () => {
    const browser = await a.signUp('민지')
    const elsewhere = new Browser(b, browser.cookie)
    const page = await elsewhere.page()
    const guest = await b.member('lounge', '하나')
    await a.signUp('하나')
    expect(await guest.closed).toBe(1008)
    expect((await browser.call('DELETE', '/api/session')).status).toBe(200)
    await page.closed
    expect((await elsewhere.call('GET', '/api/session')).body).toEqual({ account: null })
  })

  it('find out what they missed while they were cut off', async () => {
    const owner = await a.signUp('주인')
    const id = await owner.room('내 방')
    await seen(b, id)
    const [guest, browser] = [await b.member(id, '하나'), await a.signUp('민지')]
    const page = await new Browser(b, browser.cookie).page()
    cable.pull()
    await logs(b, 'the broker is away')
    await owner.call('POST', `/api/rooms/${id}/bans`, { name: '하나', lasting: true })
    await browser.call('DELETE', '/api/session')
    const made = await owner.room('새 방')
    cable.mend()
    expect(await guest.refusal()).toBe('banned')
    await page.closed
    await seen(b, made)
  })

  it('make one room of one name, and one of an id that is used on both at once', async () => {
    const answers = await Promise.all([a, b].map((chat) => chat.post({ name: '점심' })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]))
    expect(answers.find(({ status }) => status === 409)!.body['code']).toBe('room-name-taken')
    await Promise.all([a, b].map((chat) => chat.close()))
    ;[a, b] = [await node(port, { openRooms: true }), await node(cable.port, { openRooms: true })]
    await Promise.all([a, b].map((chat) => logs(chat, 'node joined')))
    const pages = await Promise.all([a, b].map((chat) => chat.client()))
    await Promise.all(pages.map((page) => page.subscribe(topic('open-1'))))
    await pages[0]!.say({ type: 'TALK', roomId: 'open-1', sender: '민지', message: '안녕' })
    expect(await pages[1]!.message(topic('open-1'))).toMatchObject({ message: '안녕' })
    for (const chat of [a, b]) expect((await chat.get('/api/rooms/open-1')).status).toBe(200)
  })

  it('bring direct messages to whoever is connected to the other', async () => {
    const [minji, hana] = [await a.signUp('민지'), await b.signUp('하나')]
    const [one, other] = [await minji.page(), await hana.page()]
    await other.subscribe('/user/queue/chat/direct')
    await one.write('하나', '안녕')
    expect(await other.message('/user/queue/chat/direct')).toMatchObject({
      with: '민지',
      message: { message: '안녕' },
    })
  })
})

async function event(page: RawClient): Promise<string> {
  const { type, name } = await page.message(members('lounge'))
  return `${String(type)} ${String(name)}`
}

/** The first event of a type; those before it count for nothing. */
async function events(page: RawClient, destination: string, type: string): Promise<Json[]> {
  for (;;) {
    const one = await page.message(destination)
    if (one['type'] === type) return [one]
  }
}

let asked = 0

async function membersOf(page: RawClient): Promise<Json> {
  const destination = '/app/chat/room/lounge/members'
  await page.subscribe(destination, `members-${asked++}`)
  return page.message(destination)
}

/** Waits until a node knows a room. */
async function seen(chat: TestChat, roomId: string): Promise<void> {
  while ((await chat.get(`/api/rooms/${roomId}`)).status !== 200);
}

async function logs(chat: TestChat, line: string): Promise<void> {
  while (chat.lines(line).length === 0) await new Promise((resolve) => setImmediate(resolve))
}
