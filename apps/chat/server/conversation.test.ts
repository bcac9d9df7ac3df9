import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RawClient } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'

const LOUNGE = '/topic/chat/room/lounge'
const enter = (sender?: string | null, roomId = 'lounge') => ({ type: 'ENTER', roomId, sender, message: '' })
const talk = (sender: string | null | undefined, message: string | null, roomId = 'lounge') => ({
  type: 'TALK',
  roomId,
  sender,
  message,
})

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start()
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

describe('a conversation', () => {
  it('reaches everyone in the room, in one order, ENTER with its notice', async () => {
    const minji = await chat.client()
    const sumin = await chat.client()
    await minji.subscribe(LOUNGE)
    await sumin.subscribe(LOUNGE)
    await minji.say(enter('민지'))
    await sumin.say(enter('수민'))
    await minji.say(talk('민지', '안녕하세요'))
    await sumin.say(talk('수민', '반가워요'))
    const expected = [
      { type: 'ENTER', roomId: 'lounge', sender: '민지', message: '민지님이 입장했습니다.' },
      { type: 'ENTER', roomId: 'lounge', sender: '수민', message: '수민님이 입장했습니다.' },
      { type: 'TALK', roomId: 'lounge', sender: '민지', message: '안녕하세요' },
      { type: 'TALK', roomId: 'lounge', sender: '수민', message: '반가워요' },
    ]
    for (const client of [minji, sumin]) {
      for (const message of expected) expect(await client.message(LOUNGE)).toMatchObject(message)
    }
  })

  it('serves an old page: STOMP without a content type, four members, nothing but ENTER and TALK on the topic', async () => {
    const page = await chat.client()
    page.send(`SUBSCRIBE\nid:sub-0\ndestination:${LOUNGE}\n\n`)
    page.sayOnly('{"type":"ENTER","roomId":"lounge","sender":"민지","message":""}')
    page.sayOnly('{"type":"TALK","roomId":"lounge","sender":"민지","message":"안녕"}')
    const messages = [await page.message(LOUNGE), await page.message(LOUNGE)]
    expect(messages.map(({ type, sender, message }) => [type, sender, message])).toEqual([
      ['ENTER', '민지', '민지님이 입장했습니다.'],
      ['TALK', '민지', '안녕'],
    ])
    expect(page.left(LOUNGE)).toEqual([])
  })

  it('stays in its room', async () => {
    const other = await chat.room('다른 방')
    const here = await chat.member('lounge', '민지')
    const there = await chat.member(other, '수민')
    await there.say(talk(null, '여기만', other))
    expect(await there.message(`/topic/chat/room/${other}`)).toMatchObject({ message: '여기만' })
    await here.say(talk(null, '끝'))
    expect(await here.message(LOUNGE)).toMatchObject({ message: '끝' })
  })

  it('sends every ENTER, and logs it, however often a session enters', async () => {
    const minji = await chat.member('lounge', '민지')
    await minji.say(enter('민지'))
    expect(await minji.message(LOUNGE)).toMatchObject({ type: 'ENTER', message: '민지님이 입장했습니다.' })
    expect(chat.lines('entered')).toEqual([
      { room: 'lounge', name: '민지' },
      { room: 'lounge', name: '민지' },
    ])
  })

  it('gives the id that the page gave, one of its own otherwise, and the time', async () => {
    const minji = await chat.member('lounge', '민지')
    const before = Date.now()
    await minji.say({ ...talk('민지', '하나'), id: 'page-made_1' })
    await minji.say(talk('민지', '둘'))
    const [first, second] = [await minji.message(LOUNGE), await minji.message(LOUNGE)]
    expect(first['id']).toBe('page-made_1')
    expect(second['id']).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    expect(first['time']).toBeGreaterThanOrEqual(before)
    expect(first['time']).toBeLessThanOrEqual(Date.now())
  })

  it('keeps what was typed as it was typed, and writes nothing of it into the log', async () => {
    const minji = await chat.member('lounge', '민지')
    const text = '  두 칸  \n<b>줄</b>\t👩‍👩‍👧 '
    await minji.say(talk('민지', text))
    expect(await minji.message(LOUNGE)).toMatchObject({ message: text })
    expect(chat.lines('talked')).toEqual([{ room: 'lounge', name: '민지' }])
    expect(JSON.stringify(chat.logged)).not.toContain('<b>')
  })
})

describe('names', () => {
  it('gives a guest a name where none, an empty one or null is sent', async () => {
    for (const sender of [undefined, null, '', ' \n ']) {
      const guest = await chat.client()
      await guest.subscribe(LOUNGE)
      await guest.say(enter(sender))
      const { sender: name, message } = await guest.message(LOUNGE)
      expect(name).toMatch(/^손님-\d{4}$/)
      expect(message).toBe(`${String(name)}님이 입장했습니다.`)
    }
    expect(new Set(chat.lines('entered').map(({ name }) => name)).size).toBe(4)
  })

  it('keeps the name of the first ENTER or TALK whatever is sent later, even what would be refused', async () => {
    const minji = await chat.client()
    await minji.subscribe(LOUNGE)
    await minji.say(talk(' 민지  Kim ', '하나'))
    await minji.say(enter('수민'))
    await minji.say(talk('x'.repeat(1000), '둘'))
    for (let i = 0; i < 3; i++) expect(await minji.message(LOUNGE)).toMatchObject({ sender: '민지 Kim' })
  })

  it('lets two people have one name', async () => {
    const one = await chat.member('lounge', '민지')
    await chat.member('lounge', '민지')
    expect(await one.message(LOUNGE)).toMatchObject({ sender: '민지' })
  })

  it('claims no name with a message that is refused', async () => {
    const minji = await chat.client({ 'x-error-mode': 'keep' })
    await minji.subscribe(LOUNGE)
    minji.sayOnly(talk('민지', ''))
    expect(await minji.refusal()).toBe('message-empty')
    await minji.say(enter('수민'))
    expect(await minji.message(LOUNGE)).toMatchObject({ sender: '수민' })
  })
})

describe('what is refused, with an ERROR that says why', () => {
  it.each([
    ['an unknown room', talk('민지', '안녕', 'nowhere'), 'room-unknown'],
    ['a room that could be no destination', talk('민지', '안녕', 'a/*'), 'room-unknown'],
    ['no room', talk('민지', '안녕', ''), 'room-unknown'],
    ['a name that is too long', enter('가'.repeat(41)), 'sender-too-long'],
    ['a name that turns the text around', enter('민지\u202Eabc'), 'sender-characters'],
    ['a name that nobody sees', enter('\u200B'), 'sender-characters'],
    ['a message without text', talk('민지', null), 'message-empty'],
    ['a message of white space', talk('민지', ' \n\t '), 'message-empty'],
    ['a message that is too long', talk('민지', '가'.repeat(4001)), 'message-too-long'],
    ['an id that is too long', { ...talk('민지', '안녕'), id: 'x'.repeat(65) }, 'message-id-invalid'],
    ['an id of other characters', { ...talk('민지', '안녕'), id: 'a b' }, 'message-id-invalid'],
    ['another type', { ...talk('민지', '안녕'), type: 'LEAVE' }, 'body-invalid'],
    ['a missing type', { roomId: 'lounge', sender: '민지', message: '' }, 'body-invalid'],
    ['a missing room', { type: 'TALK', sender: '민지', message: '안녕' }, 'body-invalid'],
    ['no object', 'null', 'body-invalid'],
    ['no JSON', '{"type":"TALK",', 'body-malformed'],
  ])('%s', async (_what, request, code) => {
    const witness = await chat.member('lounge', '수민')
    const client = await chat.client()
    client.sayOnly(request)
    expect(await client.refusal()).toBe(code)
    expect(await client.closed).toBe(1002)
    await witness.say(talk(null, '끝'))
    expect(await witness.message(LOUNGE)).toMatchObject({ message: '끝' })
    expect(chat.lines('refused')).toMatchObject([
      { code, command: 'SEND', destination: '/app/chat/message', remoteAddress: '127.0.0.1' },
    ])
  })

  it('names the member of the body that is wrong', async () => {
    const client = await chat.client()
    client.sayOnly({ type: 'TALK', roomId: 5 })
    const { body } = await client.next('ERROR')
    expect(JSON.parse(body)).toMatchObject({ issues: [{ path: ['roomId'] }] })
  })

  it('takes names and messages of exactly the greatest length, counted in code points', async () => {
    const client = await chat.client()
    await client.subscribe(LOUNGE)
    const [sender, message] = ['😀'.repeat(40), '😀'.repeat(4000)]
    await client.say(talk(sender, message))
    expect(await client.message(LOUNGE)).toMatchObject({ sender, message })
  })

  it.each([
    ['an unknown room', '/topic/chat/room/nowhere', 'room-unknown'],
    ['the members of an unknown room', '/topic/chat/room/nowhere/members', 'room-unknown'],
    ['all rooms at once', '/topic/chat/room/*', 'permission-denied'],
    ['everything', '/topic/**', 'permission-denied'],
    ['another topic', '/topic/other', 'permission-denied'],
  ])('a subscription to %s', async (_what, destination, code) => {
    const client = await chat.client()
    client.send(`SUBSCRIBE\nid:1\ndestination:${destination}\n\n`)
    expect(await client.refusal()).toBe(code)
    expect(chat.lines('refused')).toMatchObject([{ code, command: 'SUBSCRIBE', destination }])
  })

  it('a message straight to a room’s topic', async () => {
    const client = await chat.client()
    client.send(`SEND\ndestination:${LOUNGE}\n\n{}`)
    expect(await client.refusal()).toBe('permission-denied')
  })

  it('a page of another origin, unless its origin is listed', async () => {
    const headers = { origin: 'https://elsewhere.example' }
    await expect(RawClient.open(chat.address, headers)).rejects.toThrow('403')
    expect(chat.lines('connection refused')).toMatchObject([{ status: 403, remoteAddress: '127.0.0.1' }])
    const own = await RawClient.open(chat.address, { origin: chat.address })
    await own.close()
    const open = await TestChat.start({ config: { allowedOrigins: [headers.origin] } })
    const listed = await RawClient.open(open.address, headers)
    await listed.close()
    await open.close()
  })
})
