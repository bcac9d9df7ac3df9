import { allow, createStompServer } from 'stomping-ground'
import type { StompServer } from 'stomping-ground'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT_STATUS } from '../contract/index.js'
import { removeTemporaryFolders, TestChat } from './testing/test-chat.js'

/** A broker behind that can be taken away and brought back at the same port. */
class BrokerBehind {
  #stomp: StompServer | undefined
  port = 0

  get url(): string {
    return `stomp://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const all = [allow('/**')]
    this.#stomp = createStompServer({ permissions: { subscribe: all, send: all } })
    this.port = (await this.#stomp.listenTcp({ port: this.port })).port
  }

  async stop(): Promise<void> {
    await this.#stomp?.close()
  }
}

describe('with a broker behind', () => {
  let broker: BrokerBehind
  let chat: TestChat

  beforeEach(async () => {
    broker = new BrokerBehind()
    await broker.start()
    chat = await TestChat.start({ config: { brokerUrl: broker.url } })
  })
  afterEach(async () => {
    await chat.close()
    await broker.stop()
  })
  afterAll(removeTemporaryFolders)

  it('people talk by it, and the log says that rooms and accounts are this node’s alone', async () => {
    const [one, two] = [await chat.member('lounge', '민지'), await chat.member('lounge', '하나')]
    await one.message('/topic/chat/room/lounge')
    await two.say({ type: 'TALK', roomId: 'lounge', message: '안녕' })
    expect(await one.message('/topic/chat/room/lounge')).toMatchObject({ sender: '하나', message: '안녕' })
    const msg =
      'BROKER_URL without DATABASE_URL is for one node: rooms and accounts are in its DATA_DIR alone'
    const alone = process.env['CHAT_TEST_DATABASE'] !== 'postgresql'
    expect(chat.logged.filter(({ level }) => level === 40)).toMatchObject(alone ? [{ msg }] : [])
  })

  it('its going and coming is told to pages, to /readyz, to the metrics and in the log, and nobody loses a session', async () => {
    const page = await chat.member('lounge', '민지')
    const status = (): Promise<unknown> =>
      page
        .next('MESSAGE', ({ headers }) => headers['subscription'] === 'status')
        .then(({ body }) => JSON.parse(body))
    const ready = async (): Promise<unknown[]> => {
      const response = await fetch(`${chat.address}/readyz`)
      return [response.status, await response.text()]
    }
    const metrics = async (): Promise<string> => (await fetch(`${chat.address}/metrics`)).text()
    await page.subscribe(CHAT_STATUS, 'status')
    expect(await status()).toEqual({ broker: 'available' })
    expect(await ready()).toEqual([200, 'ready\n'])

    await broker.stop()
    expect(await status()).toEqual({ broker: 'away' })
    expect(await ready()).toEqual([503, 'not ready: the broker is away\n'])
    expect(await metrics()).toContain('\nstomp_broker_available 0\n')
    const said = page.say({ type: 'TALK', roomId: 'lounge', message: '들려요?' })

    await broker.start()
    expect(await status()).toEqual({ broker: 'available' })
    await said
    expect(await page.message('/topic/chat/room/lounge')).toMatchObject({ message: '들려요?' })
    expect(await ready()).toEqual([200, 'ready\n'])
    expect(await metrics()).toContain('\nstomp_broker_available 1\n')
    expect(chat.lines('the broker is there')).toHaveLength(2)
    expect(chat.lines('the broker is away').length).toBeGreaterThan(0)
  })
})

describe('without one', () => {
  it('what is said always reaches everybody', async () => {
    const chat = await TestChat.start()
    const page = await chat.client()
    await page.subscribe(CHAT_STATUS, 'status')
    const { body } = await page.next('MESSAGE')
    expect(JSON.parse(body)).toEqual({ broker: 'available' })
    await chat.close()
  })
})

describe('behind proxies', () => {
  const makeRoom = (chat: TestChat, forwarded: string): Promise<number> =>
    chat.post({ name: `room of ${forwarded}` }, { 'x-forwarded-for': forwarded }).then(({ status }) => status)

  it('bounds hold for the address that a trusted proxy tells, and sessions have it', async () => {
    const chat = await TestChat.start({ config: { trustProxy: 1 }, limits: { roomsMadePerMinute: 1 } })
    expect(await makeRoom(chat, '192.0.2.1')).toBe(201)
    expect(await makeRoom(chat, '192.0.2.2')).toBe(201)
    expect(await makeRoom(chat, '192.0.2.2')).toBe(429)
    await chat.client({}, { 'x-forwarded-for': '192.0.2.3' })
    expect(chat.lines('connected')).toEqual([expect.objectContaining({ remoteAddress: '192.0.2.3' })])
    await chat.close()
  })

  it('nobody else is believed', async () => {
    const chat = await TestChat.start({ limits: { roomsMadePerMinute: 1 } })
    expect(await makeRoom(chat, '192.0.2.1')).toBe(201)
    expect(await makeRoom(chat, '192.0.2.2')).toBe(429)
    await chat.close()
  })

  it.each([
    [1, '__Host-chat-session'],
    [0, 'chat-session'],
  ])(
    'with %s of them, a sign-in that one says came by https gets the cookie %s',
    async (trustProxy, name) => {
      const chat = await TestChat.start({ config: { trustProxy } })
      const { headers } = await chat.get('/api/accounts', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
        body: JSON.stringify({ name: '민지', password: 'correct horse' }),
      })
      expect(headers.getSetCookie()[0]).toMatch(new RegExp(`^${name}=`))
      await chat.close()
    },
  )
})
