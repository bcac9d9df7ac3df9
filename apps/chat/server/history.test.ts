import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RoomMessages } from '../contract/index.js'
import type { RawClient } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'

const LOUNGE = '/topic/chat/room/lounge'
const talk = (message: string, more: object = {}) => ({
  type: 'TALK',
  roomId: 'lounge',
  sender: '민지',
  message,
  ...more,
})

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start({ limits: { roomPage: 3, roomMessages: 5 } })
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

/** Subscribes from a place on; the headers of the RECEIPT. */
async function subscribeFrom(client: RawClient, start: string, epoch = ''): Promise<Record<string, string>> {
  const more = epoch === '' ? '' : `x-stream-epoch:${epoch}\n`
  client.send(`SUBSCRIBE\nid:s\ndestination:${LOUNGE}\nx-stream-offset:${start}\n${more}receipt:from\n\n`)
  return (await client.next('RECEIPT', ({ headers }) => headers['receipt-id'] === 'from')).headers
}

const read = async (query = '', room = 'lounge'): Promise<RoomMessages> =>
  (await chat.get(`/api/rooms/${room}/messages${query}`)).body as unknown as RoomMessages
const texts = ({ messages }: RoomMessages): string[] => messages.map(({ message }) => message.message)

describe('what is said in a room', () => {
  it('is kept, with who said it; who came is not kept, and has no offset', async () => {
    const minji = await chat.member('lounge', '민지')
    await minji.say(talk('하나'))
    await minji.say(talk('둘'))
    const late = await chat.client()
    expect(await subscribeFrom(late, 'first')).toMatchObject({
      'x-stream-recovered': 'true',
      'x-stream-last': '2',
    })
    await late.say({ type: 'ENTER', roomId: 'lounge', sender: '수민', message: '' })
    const came = [await late.next('MESSAGE'), await late.next('MESSAGE'), await late.next('MESSAGE')]
    expect(came.map(({ headers, body }) => [headers['x-stream-offset'], JSON.parse(body)])).toMatchObject([
      ['1', { type: 'TALK', sender: '민지', message: '하나' }],
      ['2', { type: 'TALK', sender: '민지', message: '둘' }],
      [undefined, { type: 'ENTER', sender: '수민', message: '수민님이 입장했습니다.' }],
    ])
  })

  it('comes to an old page only as it is said: no replay without the header', async () => {
    const minji = await chat.member('lounge', '민지')
    await minji.say(talk('before'))
    const page = await chat.member('lounge', '수민')
    await minji.say(talk('after'))
    expect(await page.message(LOUNGE)).toMatchObject({ message: 'after' })
    expect(page.left(LOUNGE)).toEqual([])
  })

  it('comes exactly from where a page was, and the epoch vouches for it', async () => {
    const minji = await chat.member('lounge', '민지')
    for (const text of ['1', '2', '3']) await minji.say(talk(text))
    const { epoch } = await read()
    const back = await chat.client()
    expect(await subscribeFrom(back, 'offset=3', epoch)).toMatchObject({ 'x-stream-recovered': 'true' })
    expect(await back.message(LOUNGE)).toMatchObject({ message: '3' })
    const other = await chat.client()
    expect(await subscribeFrom(other, 'offset=3', 'another')).toMatchObject({ 'x-stream-recovered': 'false' })
    expect(await other.message(LOUNGE)).toMatchObject({ message: '1' })
  })

  it('is kept once however often a page repeats it under one id, and each repetition is confirmed', async () => {
    const minji = await chat.member('lounge', '민지')
    for (let i = 0; i < 3; i++) await minji.say(talk('once', { id: 'page-made' }))
    await minji.say(talk('next'))
    expect([await minji.message(LOUNGE), await minji.message(LOUNGE)].map(({ message }) => message)).toEqual([
      'once',
      'next',
    ])
    expect(minji.left(LOUNGE)).toEqual([])
    expect(texts(await read())).toEqual(['once', 'next'])
  })

  it('says whether the name belongs to an account', async () => {
    const sumin = await chat.signUp('수민')
    const room = await sumin.room('방')
    await (await sumin.in(room)).say(talk('hi', { roomId: room }))
    expect((await read('', room)).messages).toMatchObject([{ message: { sender: '수민', registered: true } }])
    const guest = await chat.member('lounge', '민지')
    await guest.say(talk('hi'))
    expect((await read()).messages[0]?.message).not.toHaveProperty('registered')
  })
})

it('is there after a restart, under the same offsets and epoch', async () => {
  const minji = await chat.member('lounge', '민지')
  for (const text of ['1', '2']) await minji.say(talk(text))
  const before = await read()
  await chat.close()
  chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
  expect(await read()).toEqual(before)
  const back = await chat.client()
  expect(await subscribeFrom(back, 'offset=2', before.epoch)).toMatchObject({ 'x-stream-recovered': 'true' })
  expect(await back.message(LOUNGE)).toMatchObject({ message: '2' })
})

describe('GET /api/rooms/{id}/messages', () => {
  it('gives the newest, then those before them, and where the kept ones begin', async () => {
    const minji = await chat.member('lounge', '민지')
    for (const text of ['1', '2', '3', '4', '5']) await minji.say(talk(text))
    const newest = await read()
    expect(newest).toMatchObject({ first: 1, last: 5 })
    expect(texts(newest)).toEqual(['3', '4', '5'])
    expect(texts(await read('?before=3'))).toEqual(['1', '2'])
    expect(texts(await read('?before=1'))).toEqual([])
  })

  it('gives the first from an offset on, or from where the kept ones begin', async () => {
    const minji = await chat.member('lounge', '민지')
    for (const text of ['1', '2', '3', '4', '5', '6', '7']) await minji.say(talk(text))
    expect(texts(await read('?from=4'))).toEqual(['4', '5', '6'])
    expect(texts(await read('?from=7'))).toEqual(['7'])
    expect(texts(await read('?from=8'))).toEqual([])
    expect(texts(await read('?from=1'))).toEqual(['3'])
  })

  it('refuses an offset that is none', async () => {
    for (const before of ['0', '-1', 'x', '1.5', '9'.repeat(16), '1&before=2', '1&from=1']) {
      const { status, body } = await chat.get(`/api/rooms/lounge/messages?before=${before}`)
      expect([before, status, body['code']]).toEqual([before, 400, 'request-invalid'])
    }
  })

  it('tells of private rooms only who may be in them, and of others nobody who is banned', async () => {
    const [owner, other] = [await chat.signUp('주인'), await chat.signUp('남')]
    const hidden = await owner.room('비밀', true)
    const open = await owner.room('열린 방')
    for (const room of [hidden, open]) await (await owner.in(room)).say(talk('비밀', { roomId: room }))
    const path = (room: string): string => `/api/rooms/${room}/messages`
    expect((await owner.call('GET', path(hidden))).status).toBe(200)
    expect((await other.call('GET', path(hidden))).body['code']).toBe('room-unknown')
    expect((await chat.get(path(hidden))).body['code']).toBe('room-unknown')
    expect((await chat.get(path('none'))).body['code']).toBe('room-unknown')
    expect((await other.call('GET', path(open))).status).toBe(200)
    await owner.call('POST', `/api/rooms/${open}/bans`, { name: '남', lasting: true })
    expect((await other.call('GET', path(open))).body['code']).toBe('banned')
  })

  it('has nothing of a room that was deleted, in a new one of the same id either', async () => {
    await chat.close()
    chat = await TestChat.start({ config: { openRooms: true } })
    const owner = await chat.signUp('주인')
    const room = await owner.room('곧 지울 방')
    await (await owner.in(room)).say(talk('비밀', { roomId: room }))
    await owner.call('DELETE', `/api/rooms/${room}`)
    const page = await chat.client()
    await page.subscribe(`/topic/chat/room/${room}`)
    expect(texts(await read('', room))).toEqual([])
  })
})
