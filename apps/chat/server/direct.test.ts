import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawClient } from './testing/raw-client.js'
import { TestChat, removeTemporaryFolders, temporaryFolder } from './testing/test-chat.js'
import { Browser, PASSWORD } from './testing/test-chat.js'

const DIRECT = '/user/queue/chat/direct'
let chat: TestChat
let minji: Browser
let sumin: Browser

beforeEach(async () => {
  chat = await TestChat.start({ limits: { directPage: 3, directMessages: 5 } })
  minji = await chat.signUp('민지')
  sumin = await chat.signUp('수민')
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

async function listening(browser: Browser): Promise<RawClient> {
  const page = await browser.page()
  await page.subscribe(DIRECT, 'direct')
  return page
}
const read = (browser: Browser, name: string, query = '') =>
  browser.call('GET', `/api/direct/${encodeURIComponent(name)}${query}`)
const texts = (body: unknown): string[] =>
  (body as { messages: { message: string }[] }).messages.map(({ message }) => message)

describe('a direct message', () => {
  it('reaches all pages of both, on all their devices, and nobody else', async () => {
    const otherDevice = new Browser(chat)
    await otherDevice.call('POST', '/api/session', { name: '수민', password: PASSWORD })
    const third = await listening(await chat.signUp('영희'))
    const [from, to] = [
      [await listening(minji), await listening(minji)],
      [await listening(sumin), await listening(otherDevice)],
    ] as const
    await from[0].write(' 수민', '안녕', 'm1')
    const message = { seq: 1, id: 'm1', sender: '민지', message: '안녕', time: expect.any(Number) as number }
    for (const page of from)
      expect(await page.message(DIRECT)).toEqual({ type: 'MESSAGE', with: '수민', message })
    for (const page of to)
      expect(await page.message(DIRECT)).toEqual({ type: 'MESSAGE', with: '민지', message })
    await to[0].write('민지', '반가워', 'm1')
    expect(await from[1].message(DIRECT)).toMatchObject({
      with: '수민',
      message: { seq: 2, sender: '수민' },
    })
    expect(third.left(DIRECT)).toEqual([])
    expect(chat.lines('wrote')).toContainEqual({ by: '민지', to: '수민' })
    expect(JSON.stringify(chat.logged)).not.toContain('반가워')
  })

  it('waits for someone who is not there, over a restart too', async () => {
    const config = { dataDir: temporaryFolder() }
    const first = await TestChat.start({ config })
    const [a, b] = [await first.signUp('민지'), await first.signUp('수민')]
    await (await a.page()).write('수민', '나중에 봐', 'm1')
    await first.close()
    const second = await TestChat.start({ config })
    const again = new Browser(second, b.cookie)
    expect((await again.call('GET', '/api/direct')).body).toEqual({
      conversations: [
        {
          with: '민지',
          last: {
            seq: 1,
            id: 'm1',
            sender: '민지',
            message: '나중에 봐',
            time: expect.any(Number) as number,
          },
          readSeq: 0,
          unread: 1,
        },
      ],
    })
    await second.close()
  })

  it('that comes twice under one id is kept once', async () => {
    const page = await listening(minji)
    await page.write('수민', '한 번', 'same')
    await page.write('수민', '한 번', 'same')
    expect(texts((await read(sumin, '민지')).body)).toEqual(['한 번'])
    expect(await page.message(DIRECT)).toMatchObject({ message: { seq: 1 } })
    // Whoever sent it again learns by this that it is there.
    expect(await page.message(DIRECT)).toMatchObject({ message: { seq: 1 } })
  })

  it.each([
    ['nobody of this name', '아무도', '안녕', 'person-unavailable'],
    ['oneself', ' 민지', '안녕', 'person-yourself'],
    ['no text', '수민', ' \n', 'message-empty'],
    ['too much text', '수민', '가'.repeat(4_001), 'message-too-long'],
  ])('to or with %s is refused', async (_what, to, message, code) => {
    const page = await minji.page()
    page.send(`SEND\ndestination:/app/chat/direct\n\n${JSON.stringify({ to, message, id: 'a' })}`)
    expect(await page.refusal()).toBe(code)
    expect(chat.lines('refused')).toMatchObject([{ code, command: 'SEND', destination: '/app/chat/direct' }])
  })
})

describe('a conversation', () => {
  it('is read from its end, a page at a time, and holds as many messages as it can', async () => {
    const page = await minji.page()
    for (let i = 1; i <= 7; i++) await page.write('수민', `${i}`, `m${i}`)
    const latest = (await read(sumin, '민지')).body
    expect(latest).toMatchObject({ with: '민지', more: true, readSeq: 0, blocked: false })
    expect(texts(latest)).toEqual(['5', '6', '7'])
    const older = (await read(sumin, '민지', '?before=5')).body
    expect([texts(older), older['more']]).toEqual([['3', '4'], false])
    expect(await read(sumin, '민지', '?before=x')).toMatchObject({
      status: 400,
      body: { code: 'request-invalid' },
    })
  })

  it('is listed with what is unread, the newest first, until it is read: on all pages', async () => {
    await chat.signUp('영희')
    const page = await minji.page()
    await page.write('영희', '하나', 'a')
    await page.write('수민', '둘', 'b')
    await page.write('수민', '셋', 'c')
    const list = async (browser: Browser) =>
      ((await browser.call('GET', '/api/direct')).body as { conversations: Record<string, unknown>[] })
        .conversations
    expect((await list(minji)).map(({ with: name, unread }) => [name, unread])).toEqual([
      ['수민', 0],
      ['영희', 0],
    ])
    expect((await list(sumin)).map(({ with: name, unread }) => [name, unread])).toEqual([['민지', 2]])
    const [reads, other] = [await listening(sumin), await listening(sumin)]
    const body = JSON.stringify({ with: '민지', seq: 99 })
    await reads.receipted('SEND\ndestination:/app/chat/direct/read\n', body)
    expect(await other.message(DIRECT)).toEqual({ type: 'READ', with: '민지', seq: 2 })
    expect(await list(sumin)).toMatchObject([{ unread: 0, readSeq: 2 }])
    await reads.receipted('SEND\ndestination:/app/chat/direct/read\n', body)
    expect(reads.left(DIRECT)).toHaveLength(1)
  })

  it('with someone who has not written yet is empty, and with nobody there is none', async () => {
    expect((await read(minji, '수민')).body).toEqual({
      with: '수민',
      messages: [],
      more: false,
      readSeq: 0,
      blocked: false,
    })
    expect(await read(minji, '아무도')).toMatchObject({ status: 404, body: { code: 'person-unavailable' } })
    expect(await read(minji, '민지')).toMatchObject({ body: { code: 'person-yourself' } })
  })

  it('is begun as often as one account can', async () => {
    const small = await TestChat.start({ limits: { conversations: 1 } })
    const browsers = []
    for (const name of ['민지', '수민', '영희']) browsers.push(await small.signUp(name))
    const page = await browsers[0]!.page()
    await page.write('수민', '안녕', 'a')
    await page.write('수민', '또 안녕', 'b')
    page.send(
      `SEND\ndestination:/app/chat/direct\n\n${JSON.stringify({ to: '영희', message: 'x', id: 'c' })}`,
    )
    expect(await page.refusal()).toBe('conversation-limit')
    // Whoever is written to has begun nothing.
    await (await browsers[1]!.page()).write('영희', '안녕', 'a')
    await small.close()
  })
})

describe('blocking', () => {
  const path = `/api/blocks/${encodeURIComponent('민지')}`

  it('keeps what someone writes away, and lets what was written be read', async () => {
    const page = await minji.page()
    await page.write('수민', '하나', 'a')
    expect((await sumin.call('PUT', path)).status).toBe(200)
    page.send(
      `SEND\ndestination:/app/chat/direct\n\n${JSON.stringify({ to: '수민', message: 'x', id: 'b' })}`,
    )
    expect(await page.refusal()).toBe('person-unavailable')
    expect((await read(sumin, '민지')).body).toMatchObject({ blocked: true, messages: [{ message: '하나' }] })
    expect((await read(minji, '수민')).body).toMatchObject({ blocked: false })
    expect((await sumin.call('DELETE', path)).status).toBe(200)
    await page.write('수민', '둘', 'c')
  })

  it('is not for guests, oneself, or nobody, and has a bound', async () => {
    expect((await new Browser(chat).call('PUT', path)).body).toMatchObject({ code: 'account-needed' })
    expect((await minji.call('PUT', path)).body).toMatchObject({ code: 'person-yourself' })
    expect((await minji.call('PUT', '/api/blocks/x')).body).toMatchObject({ code: 'person-unknown' })
    const small = await TestChat.start({ limits: { blocks: 1 } })
    const browser = await small.signUp('하나')
    for (const name of ['둘', '셋']) await small.signUp(name)
    const block = (name: string) => browser.call('PUT', `/api/blocks/${encodeURIComponent(name)}`)
    expect((await block('둘')).status).toBe(200)
    expect((await block('셋')).body).toMatchObject({ code: 'block-limit' })
    await small.close()
  })
})
