import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT_ERRORS } from '../contract/index.js'
import type { ChatErrorCode } from '../contract/index.js'
import { Browser, PASSWORD, TestChat, removeTemporaryFolders, temporaryFolder } from './testing/test-chat.js'

const LOUNGE = '/topic/chat/room/lounge'
const enter = (sender: string | null) => ({ type: 'ENTER', roomId: 'lounge', sender, message: '' })

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start()
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

const refused = (status: number, code: ChatErrorCode): object => ({
  status,
  body: { code, message: CHAT_ERRORS[code] },
})

async function otherChat(
  options: Parameters<typeof TestChat.start>[0],
  run: (chat: TestChat) => Promise<void>,
): Promise<void> {
  const other = await TestChat.start(options)
  try {
    await run(other)
  } finally {
    await other.close()
  }
}

describe('signing up', () => {
  it('registers a name, and signs in with a cookie that no script and no other site has', async () => {
    const browser = new Browser(chat)
    const answer = await browser.call('POST', '/api/accounts', { name: ' 민지  Kim ', password: PASSWORD })
    expect(answer).toMatchObject({ status: 201, body: { account: { name: '민지 Kim' } } })
    expect(answer.headers.get('set-cookie')).toMatch(
      /^chat-session=[\w-]{43}; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect((await browser.call('GET', '/api/session')).body).toEqual({ account: { name: '민지 Kim' } })
    expect((await chat.get('/api/session')).body).toEqual({ account: null })
    expect(chat.lines('signed up')).toEqual([{ name: '민지 Kim', remoteAddress: '127.0.0.1' }])
    expect(JSON.stringify(chat.logged)).not.toContain(PASSWORD)
  })

  it('sets a cookie for https alone where the page came by it', async () => {
    const secure = { origin: chat.address.replace('http:', 'https:') }
    const browser = new Browser(chat)
    const answer = await browser.call('POST', '/api/accounts', { name: '민지', password: PASSWORD }, secure)
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-chat-session=.*Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    expect((await browser.call('GET', '/api/session')).body).toEqual({ account: { name: '민지' } })
  })

  it.each([
    ['no name', ' ', PASSWORD, 400, 'name-empty'],
    ['a long name', 'x'.repeat(41), PASSWORD, 400, 'sender-too-long'],
    ['a name that nobody sees', 'a\u202Eb', PASSWORD, 400, 'sender-characters'],
    ['a name of guests', '손님-1234', PASSWORD, 400, 'name-reserved'],
    ['the name of notices', '[알림]', PASSWORD, 400, 'name-reserved'],
    ['a short password', '민지', '1234567', 400, 'password-too-short'],
    ['a long password', '민지', 'x'.repeat(201), 400, 'password-too-long'],
    ['the name as password', 'Minji Kim', 'minji kim', 400, 'password-is-name'],
  ] as const)('refuses %s', async (_what, name, password, status, code) => {
    const answer = await new Browser(chat).call('POST', '/api/accounts', { name, password })
    expect(answer).toMatchObject(refused(status, code))
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  it.each([[{}], [{ name: 'x' }], [{ name: 1, password: 2 }], ['text']])(
    'refuses the body %j',
    async (body) => {
      expect(await new Browser(chat).call('POST', '/api/accounts', body)).toMatchObject(
        refused(400, 'request-invalid'),
      )
    },
  )

  it('gives a name to one of two who want it, however they write it', async () => {
    const answers = await Promise.all(
      ['Minji', 'ＭＩＮＪＩ'].map((name) =>
        new Browser(chat).call('POST', '/api/accounts', { name, password: PASSWORD }),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]))
    expect(answers.find(({ status }) => status === 409)).toMatchObject(refused(409, 'name-registered'))
  })

  it('has as many names as its limit', () =>
    otherChat({ limits: { accounts: 1 } }, async (small) => {
      await small.signUp('하나')
      expect(
        await new Browser(small).call('POST', '/api/accounts', { name: '둘', password: PASSWORD }),
      ).toMatchObject(refused(409, 'account-limit'))
    }))

  it('is limited by the minute', () =>
    otherChat({ limits: { signUpsPerMinute: 1 } }, async (small) => {
      await small.signUp('하나')
      expect(
        await new Browser(small).call('POST', '/api/accounts', { name: '둘', password: PASSWORD }),
      ).toMatchObject(refused(429, 'too-many-requests'))
    }))
})

describe('signing in', () => {
  const signIn = (browser: Browser, password = PASSWORD, name = '민지') =>
    browser.call('POST', '/api/session', { name, password })

  it('works in other browsers, and after a restart', async () => {
    const dataDir = temporaryFolder()
    await otherChat({ config: { dataDir } }, async (first) => void (await first.signUp('민지')))
    await otherChat({ config: { dataDir } }, async (second) => {
      const browser = new Browser(second)
      expect(await signIn(browser)).toMatchObject({ status: 200, body: { account: { name: '민지' } } })
      expect((await browser.call('GET', '/api/session')).body).toEqual({ account: { name: '민지' } })
    })
  })

  it('says the same of a wrong password and of a name that nobody has', async () => {
    await chat.signUp('민지')
    const wrong = await signIn(new Browser(chat), 'wrong horse')
    expect(wrong).toMatchObject(refused(401, 'credentials-wrong'))
    const nobody = await signIn(new Browser(chat), PASSWORD, '수민')
    expect([nobody.status, nobody.body]).toEqual([wrong.status, wrong.body])
    expect(wrong.headers.getSetCookie()).toEqual([])
  })

  it('is refused after too many wrong passwords for a name, the right one too, and other names are not', () =>
    otherChat({ limits: { wrongPasswords: 2 } }, async (strict) => {
      await strict.signUp('민지')
      const other = await strict.signUp('수민')
      for (let i = 0; i < 2; i++) {
        expect(await signIn(new Browser(strict), 'wrong horse')).toMatchObject(
          refused(401, 'credentials-wrong'),
        )
      }
      expect(await signIn(new Browser(strict))).toMatchObject(refused(429, 'too-many-attempts'))
      expect(await signIn(new Browser(strict), PASSWORD, '수민')).toMatchObject({ status: 200 })
      expect((await other.call('GET', '/api/session')).body).toMatchObject({ account: { name: '수민' } })
    }))

  it('is limited by the minute for an address', () =>
    otherChat({ limits: { signInsPerMinute: 1 } }, async (strict) => {
      await strict.signUp('민지')
      await signIn(new Browser(strict))
      expect(await signIn(new Browser(strict))).toMatchObject(refused(429, 'too-many-requests'))
    }))

  it('gives a token of its own each time, and ends what the browser had before', async () => {
    const browser = await chat.signUp('민지')
    const before = new Browser(chat, browser.cookie)
    const page = await browser.page()
    await signIn(browser)
    expect(browser.cookie).not.toBe(before.cookie)
    expect(await page.closed).toBe(1008)
    expect((await before.call('GET', '/api/session')).body).toEqual({ account: null })
  })

  it('has as many sign-ins of one account as its limit: the oldest ends', () =>
    otherChat({ limits: { loginsPerAccount: 2 } }, async (small) => {
      const oldest = await small.signUp('민지')
      const others = [new Browser(small), new Browser(small)]
      for (const browser of others) await signIn(browser)
      const accounts = []
      for (const browser of [oldest, ...others]) {
        accounts.push((await browser.call('GET', '/api/session')).body['account'])
      }
      expect(accounts).toEqual([null, { name: '민지' }, { name: '민지' }])
    }))

  it('replaces the token when it has got old, and takes the old one for a moment still', () =>
    otherChat({ limits: { loginRotateMs: 0 } }, async (quick) => {
      const browser = await quick.signUp('민지')
      const old = new Browser(quick, browser.cookie)
      await browser.call('GET', '/api/session')
      expect(browser.cookie).not.toBe(old.cookie)
      expect((await browser.call('GET', '/api/rooms')).status).toBe(200)
      const answer = await old.call('GET', '/api/session')
      expect(answer.body).toEqual({ account: { name: '민지' } })
      expect(answer.headers.getSetCookie()).toEqual([])
    }))

  it('takes the old token no more when the moment is over', () =>
    otherChat({ limits: { loginRotateMs: 0, loginGraceMs: 0 } }, async (quick) => {
      const browser = await quick.signUp('민지')
      const old = new Browser(quick, browser.cookie)
      await browser.call('GET', '/api/session')
      const answer = await old.call('GET', '/api/session')
      expect(answer.body).toEqual({ account: null })
      expect(answer.headers.get('set-cookie')).toMatch(
        /^chat-session=; Max-Age=0; Path=\/; (Expires=[^;]*; )?HttpOnly/,
      )
    }))

  it('lasts no longer than it may without use: its sessions end then', () =>
    otherChat({ limits: { loginLastsMs: 60_000, loginSweepMs: 5 } }, async (quick) => {
      const browser = await quick.signUp('민지')
      const page = await browser.page()
      // A minute later.
      await quick.database((database) =>
        database
          .updateTable('logins')
          .set((of) => ({ expires_at: of('expires_at', '-', 60_000) }))
          .execute(),
      )
      expect(await page.closed).toBe(1008)
      expect((await browser.call('GET', '/api/session')).body).toEqual({ account: null })
    }))
})

describe('signing out', () => {
  it('ends the sessions of this browser and no others, and its cookie is worth nothing', async () => {
    const here = await chat.signUp('민지')
    const there = new Browser(chat)
    await there.call('POST', '/api/session', { name: '민지', password: PASSWORD })
    const [herePage, therePage] = [await here.in('lounge'), await there.in('lounge')]
    const stolen = new Browser(chat, here.cookie)
    expect((await here.call('DELETE', '/api/session')).body).toEqual({ account: null })
    expect(await herePage.closed).toBe(1008)
    expect(here.cookie).toBeUndefined()
    const page = await stolen.page()
    await page.subscribe(LOUNGE)
    page.sayOnly(enter('민지'))
    expect(await page.refusal()).toBe('name-registered')
    await therePage.say({ type: 'TALK', roomId: 'lounge', sender: null, message: '아직 여기' })
    expect(await page.message(LOUNGE)).toMatchObject({ sender: '민지', message: '아직 여기' })
  })

  it('everywhere ends all of them', async () => {
    const here = await chat.signUp('민지')
    const there = new Browser(chat)
    await there.call('POST', '/api/session', { name: '민지', password: PASSWORD })
    const page = await there.page()
    expect((await here.call('DELETE', '/api/sessions')).status).toBe(200)
    expect(await page.closed).toBe(1008)
    expect((await there.call('GET', '/api/session')).body).toEqual({ account: null })
    expect(await here.call('DELETE', '/api/sessions')).toMatchObject(refused(401, 'account-needed'))
  })

  it('happens everywhere else when the password is changed, and the old one opens nothing', async () => {
    const here = await chat.signUp('민지')
    const there = new Browser(chat)
    await there.call('POST', '/api/session', { name: '민지', password: PASSWORD })
    const [herePage, therePage] = [await here.page(), await there.page()]
    const change = { password: PASSWORD, newPassword: 'battery staple' }
    expect(await here.call('PUT', '/api/account/password', { ...change, password: 'x' })).toMatchObject(
      refused(401, 'credentials-wrong'),
    )
    expect((await here.call('PUT', '/api/account/password', change)).status).toBe(200)
    expect(await therePage.closed).toBe(1008)
    await herePage.subscribe(LOUNGE)
    const again = new Browser(chat)
    expect(await again.call('POST', '/api/session', { name: '민지', password: PASSWORD })).toMatchObject(
      refused(401, 'credentials-wrong'),
    )
    const signIn = { name: '민지', password: 'battery staple' }
    expect((await again.call('POST', '/api/session', signIn)).status).toBe(200)
  })
})

describe('a registered name', () => {
  it('is what its sessions go by, whatever they send', async () => {
    const browser = await chat.signUp('민지')
    const page = await browser.page()
    await page.subscribe(LOUNGE)
    await page.say(enter('수민'))
    await page.say({ type: 'TALK', roomId: 'lounge', sender: '영희', message: '나야' })
    expect(await page.message(LOUNGE)).toMatchObject({ sender: '민지', message: '민지님이 입장했습니다.' })
    expect(await page.message(LOUNGE)).toMatchObject({ sender: '민지', message: '나야' })
    expect((await chat.get('/api/rooms/lounge')).body).toMatchObject({
      members: ['민지'],
      registered: ['민지'],
    })
  })

  it.each(['민지 Kim', ' 민지 kim', '민지 ＫＩＭ'])('is refused to guests who ask for %j', async (sender) => {
    await chat.signUp('민지 Kim')
    const guest = await new Browser(chat).page()
    await guest.subscribe(LOUNGE)
    guest.sayOnly(enter(sender))
    const error = await guest.next('ERROR')
    expect(error.headers).toMatchObject({ code: 'name-registered', message: CHAT_ERRORS['name-registered'] })
    expect((await chat.get('/api/rooms/lounge')).body['members']).toEqual([])
    await guest.say(enter('손님'))
    expect(await guest.message(LOUNGE)).toMatchObject({ sender: '손님' })
    expect(chat.lines('refused')).toMatchObject([{ code: 'name-registered', command: 'SEND' }])
    expect(await (await fetch(`${chat.address}/metrics`)).text()).toContain(
      'stomp_refusals_total{code="name-registered"} 1',
    )
  })

  it('ends the sessions of guests who go by it when it is registered', async () => {
    const guest = await chat.member('lounge', '민지')
    const other = await chat.member('lounge', '수민')
    await chat.signUp('민지')
    expect(await guest.closed).toBe(1008)
    await other.say({ type: 'TALK', roomId: 'lounge', sender: null, message: '여기' })
  })

  it('serves an old page of the same browser under its name, and one without a cookie as ever', async () => {
    const browser = await chat.signUp('민지')
    const old = await browser.page({})
    old.send(`SUBSCRIBE\nid:sub-0\ndestination:${LOUNGE}\n\n`)
    old.sayOnly(enter('무엇이든'))
    expect(await old.message(LOUNGE)).toMatchObject({ sender: '민지', message: '민지님이 입장했습니다.' })
    await chat.member('lounge', '수민')
  })
})

describe('SockJS', () => {
  /** A session by polling, as far as the answer to a SEND. */
  async function talkBySockJs(headers: Record<string, string>): Promise<string> {
    const url = `${chat.address}/websc/000/${Math.random().toString(36).slice(2)}`
    const poll = async (): Promise<string> => (await fetch(`${url}/xhr`, { method: 'POST', headers })).text()
    const send = (...frames: string[]) =>
      fetch(`${url}/xhr_send`, {
        method: 'POST',
        headers,
        body: JSON.stringify(frames.map((one) => `${one}\0`)),
      })
    expect(await poll()).toBe('o\n')
    const enterFrame = `SEND\ndestination:/app/chat/message\n\n${JSON.stringify(enter('누구'))}`
    await send('CONNECT\naccept-version:1.2\n\n', `SUBSCRIBE\nid:1\ndestination:${LOUNGE}\n\n`, enterFrame)
    let got = ''
    while (!got.includes('입장')) got += await poll()
    return got
  }

  it('brings the cookie of the request that opened the session, from a page of this site alone', async () => {
    const { cookie = '' } = await chat.signUp('민지')
    const origin = chat.address
    expect(await talkBySockJs({ cookie, origin })).toContain('민지님이 입장했습니다.')
    expect(await talkBySockJs({ origin })).toContain('누구님이 입장했습니다.')
  })
})

describe('pages of other sites', () => {
  const origin = 'https://elsewhere.example'

  it.each([
    ['POST', '/api/accounts'],
    ['POST', '/api/session'],
    ['DELETE', '/api/session'],
    ['DELETE', '/api/sessions'],
    ['POST', '/api/rooms'],
  ])('may not %s %s, not even where their origin is listed', (method, path) =>
    otherChat({ config: { allowedOrigins: [origin] } }, async (open) => {
      const browser = await open.signUp('민지')
      for (const headers of [{ origin }, { origin: 'null' }, { origin: 'https://127.0.0.1.example' }]) {
        expect(await browser.call(method, path, undefined, headers)).toMatchObject(
          refused(403, 'origin-refused'),
        )
      }
      expect((await browser.call('GET', '/api/session')).body).toEqual({ account: { name: '민지' } })
      expect(open.lines('refused')[0]).toMatchObject({ code: 'origin-refused', method, path })
      expect(await (await fetch(`${open.address}/metrics`)).text()).toContain(
        'chat_http_refusals_total{code="origin-refused"} 3',
      )
    }),
  )

  it('are guests where they may connect, for a cookie that is not theirs to use counts for nothing', () =>
    otherChat({ config: { allowedOrigins: [origin] } }, async (open) => {
      const { cookie = '' } = await open.signUp('민지')
      const page = await open.client({ 'x-error-mode': 'keep' }, { origin, cookie })
      page.sayOnly(enter('민지'))
      expect(await page.refusal()).toBe('name-registered')
      expect((await open.get('/api/session', { headers: { origin, cookie } })).body).toEqual({
        account: null,
      })
      const fetched = { cookie, 'sec-fetch-site': 'same-site' }
      expect((await open.get('/api/session', { headers: fetched })).body).toEqual({ account: null })
    }))

  it('cannot send a form for JSON', async () => {
    const headers = { 'content-type': 'text/plain' }
    const body = JSON.stringify({ name: '민지', password: PASSWORD })
    const answer = await chat.get('/api/session', { method: 'POST', headers, body })
    expect(answer.body).toMatchObject({ code: 'request-invalid' })
  })
})
