import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SearchResults } from '../contract/index.js'
import type { Json } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders } from './testing/test-chat.js'
import type { Browser } from './testing/test-chat.js'

const talk = (message: string, roomId = 'lounge'): Json => ({ type: 'TALK', roomId, sender: '민지', message })

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start({ limits: { searchPage: 3 } })
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

async function search(query: Record<string, string>, browser?: Browser): Promise<SearchResults> {
  const path = `/api/search?${new URLSearchParams(query).toString()}`
  const { status, body } = await (browser?.call('GET', path) ?? chat.get(path))
  if (status !== 200) throw new Error(String(body['code']))
  return body as unknown as SearchResults
}

const texts = ({ hits }: SearchResults): string[] => hits.map(({ message }) => message.message)

/** What is said can be found a moment later. */
async function eventually(
  query: Record<string, string>,
  expected: string[],
  browser?: Browser,
): Promise<void> {
  await expect.poll(async () => texts(await search(query, browser)), { interval: 5 }).toEqual(expected)
}

describe('GET /api/search', () => {
  it('finds words in any case and place, from one syllable on, newest first, and says where they stand', async () => {
    const minji = await chat.member('lounge', '민지')
    for (const text of ['점심에 김치찌개', 'Deploy at noon', '밥은?', '김밥 먹자'])
      await minji.say(talk(text))
    await eventually({ q: '밥' }, ['김밥 먹자', '밥은?'])
    expect(texts(await search({ q: '김치' }))).toEqual(['점심에 김치찌개'])
    expect(texts(await search({ q: 'DEPLOY oon' }))).toEqual(['Deploy at noon'])
    expect(texts(await search({ q: '점심 noon' }))).toEqual([])
    expect(texts(await search({ q: '찌치' }))).toEqual([])
    const [hit] = (await search({ q: 'noon dep' })).hits
    expect(hit).toMatchObject({ roomId: 'lounge', offset: 2, message: { sender: '민지', type: 'TALK' } })
    expect(hit!.ranges.map(([from, to]) => hit!.message.message.slice(from, to))).toEqual(['Dep', 'noon'])
    const { body } = await chat.get('/api/rooms/lounge/messages')
    expect(hit!.epoch).toBe(body['epoch'])
  })

  it('gives pages that follow each other without a gap', async () => {
    const minji = await chat.member('lounge', '민지')
    for (let i = 1; i <= 8; i++) await minji.say(talk(`말 ${i}`))
    await eventually({ q: '말' }, ['말 8', '말 7', '말 6'])
    const all: string[] = []
    let next: string | undefined
    do {
      const page = await search({ q: '말', ...(next !== undefined && { before: next }) })
      all.push(...texts(page))
      next = page.next
    } while (next !== undefined)
    expect(all).toEqual(Array.from({ length: 8 }, (_, i) => `말 ${8 - i}`))
  })

  it('looks in one room, or in all that somebody may be in', async () => {
    const [owner, friend, other] = [
      await chat.signUp('주인'),
      await chat.signUp('벗'),
      await chat.signUp('남'),
    ]
    const hidden = await owner.room('비밀', true)
    const open = await owner.room('열린 방')
    await owner.call('POST', `/api/rooms/${hidden}/people`, { name: '벗' })
    await (await owner.in(hidden)).say(talk('비밀 하나', hidden))
    await (await owner.in(open)).say(talk('공개 하나', open))
    await eventually({ q: '하나' }, ['공개 하나', '비밀 하나'], friend)
    expect(texts(await search({ q: '하나', room: hidden }, friend))).toEqual(['비밀 하나'])
    expect(texts(await search({ q: '하나', room: open }, friend))).toEqual(['공개 하나'])
    for (const browser of [other, undefined]) {
      expect(texts(await search({ q: '하나' }, browser))).toEqual(['공개 하나'])
      await expect(search({ q: '하나', room: hidden }, browser)).rejects.toThrow('room-unknown')
    }
    await expect(search({ q: '하나', room: 'none' })).rejects.toThrow('room-unknown')

    // What somebody may see is asked at each search.
    await owner.call('POST', `/api/rooms/${open}/bans`, { name: '남', lasting: true })
    expect(texts(await search({ q: '하나' }, other))).toEqual([])
    await expect(search({ q: '하나', room: open }, other)).rejects.toThrow('banned')
    await owner.call('POST', `/api/rooms/${hidden}/bans`, { name: '벗', lasting: true })
    expect(texts(await search({ q: '하나' }, friend))).toEqual(['공개 하나'])
  })

  it('leaves out what others may see where somebody knows of very many rooms', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { searchPage: 3, roomsMadePerMinute: 1_000 } })
    const owner = await chat.signUp('주인')
    const hidden = await owner.room('비밀', true)
    for (let i = 0; i < 105; i++) await chat.room(`방 ${i}`)
    await (await owner.in(hidden)).say(talk('비밀 하나', hidden))
    await (await chat.member('lounge', '민지')).say(talk('공개 하나'))
    await eventually({ q: '하나' }, ['공개 하나', '비밀 하나'], owner)
    expect(texts(await search({ q: '하나' }))).toEqual(['공개 하나'])
  })

  it('finds nothing any more of a room that was deleted, or that was trimmed', async () => {
    const owner = await chat.signUp('주인')
    const room = await owner.room('곧 지울 방')
    await (await owner.in(room)).say(talk('비밀', room))
    await eventually({ q: '비밀' }, ['비밀'])
    await owner.call('DELETE', `/api/rooms/${room}`)
    expect(texts(await search({ q: '비밀' }))).toEqual([])
    const kept = (): Promise<unknown[]> =>
      chat.database((database) => database.selectFrom('search_messages').selectAll().execute())
    await expect.poll(kept).toEqual([])
  })

  it('finds after a restart what was said just before it', async () => {
    await chat.close()
    chat = await TestChat.start({ limits: { searchEveryMs: 3_600_000 } })
    await (await chat.member('lounge', '민지')).say(talk('하나'))
    await chat.close()
    chat = await TestChat.start({ config: { dataDir: chat.dataDir } })
    await eventually({ q: '하나' }, ['하나'])
    expect((await search({ q: '하나' })).hits).toMatchObject([{ roomId: 'lounge', offset: 1 }])
  })

  it('refuses what it cannot look for, and who asks too often', async () => {
    await expect(search({ q: ' \n' })).rejects.toThrow('search-empty')
    await expect(search({ q: '가'.repeat(101) })).rejects.toThrow('search-too-long')
    expect(await search({ q: '가'.repeat(100) })).toEqual({ hits: [] })
    for (const query of [
      '',
      'q=a&q=b',
      'q=a&room=b&room=c',
      'q=a&before=0',
      'q=a&before=x',
      `q=a&before=${'9'.repeat(16)}`,
    ]) {
      const { status, body } = await chat.get(`/api/search?${query}`)
      expect([query, status, body['code']]).toEqual([query, 400, 'request-invalid'])
    }
    // What a search of a database would take for its own language.
    for (const q of [
      '"',
      "'",
      '*',
      'a AND',
      ':*',
      '(',
      'NEAR(',
      '%',
      '_',
      '\\',
      '\u0000',
      '\ud800',
      '&',
      '-- ',
    ]) {
      expect([q, await search({ q })]).toEqual([q, { hits: [] }])
    }
    await chat.close()
    chat = await TestChat.start({ limits: { searchesPerMinute: 2 } })
    for (let i = 0; i < 2; i++) await search({ q: '하나' })
    await expect(search({ q: '하나' })).rejects.toThrow('too-many-requests')
  })
})
