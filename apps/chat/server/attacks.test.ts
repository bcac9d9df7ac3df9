import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RawClient } from './testing/raw-client.js'
import { Browser, PASSWORD, TestChat, removeTemporaryFolders } from './testing/test-chat.js'

/** Each of these tries to get what is another's. Nothing but the refusal may come back, and it may tell nothing. */

let chat: TestChat
let owner: Browser
let mallory: Browser
let secret: string

beforeEach(async () => {
  chat = await TestChat.start()
  owner = await chat.signUp('주인')
  mallory = await chat.signUp('Mallory')
  secret = await owner.room('비밀', true)
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

const topic = (roomId: string): string => `/topic/chat/room/${roomId}`
const talk = (roomId: string, sender: string | null, message: string) => ({
  type: 'TALK',
  roomId,
  sender,
  message,
})

async function errorOf(client: RawClient, frame: string): Promise<{ headers: object; body: string }> {
  client.send(frame)
  const { headers, body } = await client.next('ERROR')
  return { headers, body }
}

describe('a private room', () => {
  it('is told from one that does not exist by nothing', async () => {
    const nowhere = 'n'.repeat(secret.length)
    const page = await mallory.page()
    for (const path of [topic('ID'), `${topic('ID')}/members`]) {
      const answers = []
      for (const id of [secret, nowhere]) {
        const answer = await errorOf(page, `SUBSCRIBE\nid:x\ndestination:${path.replace('ID', id)}\n\n`)
        answers.push(JSON.parse(JSON.stringify(answer).replaceAll(id, 'ID')))
      }
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]).toMatchObject({ headers: { code: 'room-unknown' } })
    }
    for (const type of ['ENTER', 'TALK']) {
      const answers = []
      for (const id of [secret, nowhere]) {
        const body = JSON.stringify({ ...talk(id, null, '안녕'), type })
        answers.push(await errorOf(page, `SEND\ndestination:/app/chat/message\n\n${body}`))
      }
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]).toMatchObject({ headers: { code: 'room-unknown' } })
    }
  })

  it.each([
    ['GET', ''],
    ['PATCH', '', { name: 'x' }],
    ['DELETE', ''],
    ['GET', '/settings'],
    ['POST', '/people', { name: 'Mallory' }],
    ['DELETE', '/people/me'],
    ['POST', '/bans', { name: '주인', lasting: true }],
    ['DELETE', '/bans/x'],
    ['POST', '/invitation'],
  ])(
    'answers %s %s as one that does not exist, to accounts and to guests',
    async (method, path, body?: object) => {
      for (const browser of [mallory, new Browser(chat)]) {
        const answers = []
        for (const id of [secret, 'n'.repeat(secret.length)]) {
          const {
            status,
            headers,
            body: answer,
          } = await browser.call(method, `/api/rooms/${id}${path}`, body)
          answers.push({ status, answer, length: headers.get('content-length') })
        }
        expect(answers[0]).toEqual(answers[1])
        expect(answers[0]).toMatchObject({ status: 404, answer: { code: 'room-unknown' } })
      }
    },
  )

  it('is heard of by nobody else, whatever happens in it', async () => {
    const page = await mallory.page()
    await page.subscribe('/topic/chat/rooms')
    await page.subscribe('/user/queue/chat/rooms')
    const inside = await owner.in(secret)
    await inside.say(talk(secret, null, '비밀 이야기'))
    await owner.call('PATCH', `/api/rooms/${secret}`, { name: '더 비밀' })
    const id = await owner.room('모두의 방')
    const told = await page.next('MESSAGE', ({ body }) => body.includes(id))
    expect(told.body).toContain('모두의 방')
    await owner.call('DELETE', `/api/rooms/${secret}`)
    await owner.call('DELETE', `/api/rooms/${id}`)
    await page.next('MESSAGE', ({ body }) => body.includes('GONE') && body.includes(id))
    const heard = JSON.stringify([...page.left('/topic/chat/rooms'), ...page.left('/user/queue/chat/rooms')])
    expect(heard).not.toContain(secret)
    expect(heard).not.toContain('비밀')
  })

  it.each([
    '/topic/**',
    '/topic/chat/room/*',
    '/topic/chat/room/**',
    '/topic/chat/**',
    '/topic/chat/room/*/members',
  ])('is not among what %s covers, for nobody may subscribe to that', async (pattern) => {
    for (const browser of [mallory, owner, new Browser(chat)]) {
      const page = await browser.page()
      expect(await errorOf(page, `SUBSCRIBE\nid:x\ndestination:${pattern}\n\n`)).toMatchObject({
        headers: { code: 'permission-denied' },
      })
    }
  })

  it('is no longer heard, nor seen, by someone who was taken out of it, on none of their pages', async () => {
    await owner.call('POST', `/api/rooms/${secret}/people`, { name: 'Mallory' })
    const pages = [await mallory.in(secret), await mallory.in(secret)]
    // Listens, and has never said who it is.
    const silent = await mallory.page()
    await silent.subscribe(topic(secret))
    await owner.call('POST', `/api/rooms/${secret}/bans`, { name: 'Mallory', lasting: false })
    for (const page of [...pages, silent]) expect(await page.refusal()).toBe('put-out')
    const inside = await owner.in(secret)
    await inside.say(talk(secret, null, '이제 우리끼리'))
    for (const page of [...pages, silent]) {
      expect(JSON.stringify(page.left(topic(secret)))).not.toContain('우리끼리')
      page.sayOnly(talk(secret, null, '나 아직 여기'))
      expect(await page.refusal()).toBe('room-unknown')
      page.send(`SUBSCRIBE\nid:again\ndestination:${topic(secret)}\n\n`)
      expect(await page.refusal()).toBe('room-unknown')
    }
  })

  it.each(['', 'x', '__proto__', 'undefined', 'null', '%00', 'A'.repeat(27)])(
    'has no invitation %j',
    async (invitation) => {
      const { status, body } = await mallory.call('POST', `/api/invitations/${invitation}`)
      expect([status, body['code']]).toEqual([404, 'invitation-unknown'])
    },
  )
})

describe('direct messages', () => {
  let minji: Browser
  beforeEach(async () => {
    minji = await chat.signUp('민지')
    const page = await owner.page()
    await page.write('민지', '우리만 아는 이야기')
  })

  it('of others are in no conversation that anyone else can read', async () => {
    for (const path of [
      '/api/direct',
      `/api/direct/${encodeURIComponent('민지')}`,
      '/api/direct/%EC%A3%BC%EC%9D%B8',
    ]) {
      const answer = await mallory.call('GET', path)
      expect(answer.status).toBe(200)
      expect(JSON.stringify(answer.body)).not.toContain('우리만')
      expect(await new Browser(chat).call('GET', path)).toMatchObject({
        status: 401,
        body: { code: 'account-needed' },
      })
    }
  })

  it.each([
    '/user/민지/queue/chat/direct',
    '/user-topic/name/민지/queue/chat/direct',
    '/user-topic/name/*/queue/chat/direct',
    '/user-topic/**',
    '/user/*/chat/direct',
    '/user/**',
    '/**',
    '/*/name/*/queue/chat/direct',
    '/queue/chat/direct',
    '/topic/chat/direct',
  ])('of others are not heard by SUBSCRIBE %s', async (destination) => {
    const page = await mallory.page()
    page.send(`SUBSCRIBE\nid:x\ndestination:${destination}\n\n`)
    expect(await page.refusal()).toMatch(/^(permission-denied|destination-invalid)$/)
    const writer = await owner.page()
    await writer.write('민지', '더 이야기')
    expect(JSON.stringify(page.left(destination))).toBe('[]')
  })

  it('of an account’s id are not heard by someone who knows it', async () => {
    const id = await chat.accountId('민지')
    const page = await mallory.page()
    for (const destination of [`/user/${id}/queue/chat/direct`, `/user-topic/name/${id}/queue/chat/direct`]) {
      page.send(`SUBSCRIBE\nid:x\ndestination:${destination}\n\n`)
      expect(await page.refusal()).toMatch(/^(permission-denied|destination-invalid)$/)
      page.send(`SEND\ndestination:${destination}\n\n{}`)
      expect(await page.refusal()).toMatch(/^(permission-denied|destination-invalid)$/)
    }
    // Nor by a login of that name: who a session is, its cookie says alone.
    const forged = await chat.client({ login: id, passcode: 'x', 'x-error-mode': 'keep' })
    forged.send('SUBSCRIBE\nid:x\ndestination:/user/queue/chat/direct\n\n')
    expect(await forged.refusal()).toBe('account-needed')
  })

  it('are signed by the session, whatever a page claims', async () => {
    const page = await minji.page()
    await page.subscribe('/user/queue/chat/direct')
    const writer = await mallory.page()
    await writer.receipted(
      'SEND\ndestination:/app/chat/direct\n',
      JSON.stringify({ to: '민지', message: '나 주인이야', id: 'a', sender: '주인', from: '주인' }),
    )
    expect(await page.message('/user/queue/chat/direct')).toMatchObject({
      with: 'Mallory',
      message: { sender: 'Mallory' },
    })
  })

  it('are not sent by guests, nor to a topic by anybody', async () => {
    const guest = await new Browser(chat).page()
    guest.send(
      `SEND\ndestination:/app/chat/direct\n\n${JSON.stringify({ to: '민지', message: 'x', id: 'a' })}`,
    )
    expect(await guest.refusal()).toBe('account-needed')
    const page = await mallory.page()
    for (const destination of [
      '/user/queue/chat/direct',
      '/queue/chat/direct',
      topic('lounge'),
      '/topic/chat/rooms',
    ]) {
      page.send(`SEND\ndestination:${destination}\n\n{}`)
      expect(await page.refusal()).toMatch(/^(permission-denied|destination-invalid)$/)
    }
  })

  it('do not tell someone who blocks from someone who does not exist', async () => {
    await minji.call('PUT', '/api/blocks/Mallory')
    const page = await mallory.page()
    const answers = []
    for (const to of ['민지', '아무도']) {
      const body = JSON.stringify({ to, message: '안녕', id: 'a' })
      answers.push(await errorOf(page, `SEND\ndestination:/app/chat/direct\n\n${body}`))
    }
    expect(answers[0]).toEqual(answers[1])
    expect(answers[0]).toMatchObject({ headers: { code: 'person-unavailable' } })
  })
})

describe('a session', () => {
  it('is not had by a cookie that was revoked, made up, empty or repeated', async () => {
    const { cookie = '' } = mallory
    await mallory.call('DELETE', '/api/session')
    const token = cookie.slice(cookie.indexOf('=') + 1)
    for (const shown of [
      cookie,
      `__Host-chat-session=${token}`,
      'chat-session=',
      'chat-session=undefined',
      `chat-session=${'A'.repeat(43)}`,
      `chat-session=${token}; chat-session=${token}`,
      'chat-session=%E0%A4%A',
      'garbage; ;=;',
    ]) {
      const browser = new Browser(chat, shown)
      expect((await browser.call('GET', '/api/session')).body).toEqual({ account: null })
      const page = await new Browser(chat, shown).page()
      page.send('SUBSCRIBE\nid:x\ndestination:/user/queue/chat/direct\n\n')
      expect(await page.refusal()).toBe('account-needed')
    }
  })

  it('of the first browser is not another’s who hands it a cookie of their own', async () => {
    const victim = new Browser(chat, mallory.cookie)
    await victim.call('POST', '/api/session', { name: '주인', password: PASSWORD })
    expect(victim.cookie).not.toBe(mallory.cookie)
    expect((await mallory.call('GET', '/api/session')).body).toEqual({ account: null })
  })
})
