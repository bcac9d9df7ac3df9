import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresServer } from '../../../tools/postgres-server.js'
import { missing, requirements } from '../../../tools/requirements.js'
import { removeTemporaryFolders } from './testing/test-database.js'
import { Browser, PASSWORD, TestChat } from './testing/test-chat.js'

// With a PostgreSQL of its own, which goes and comes.
describe.skipIf(missing(requirements.postgres))('while PostgreSQL restarts', () => {
  let server: PostgresServer
  let chat: TestChat

  beforeAll(async () => {
    server = await PostgresServer.started()
    chat = await TestChat.start({ config: { databaseUrl: server.url } })
  })
  afterAll(async () => {
    await chat.close()
    await server.remove()
    await removeTemporaryFolders()
  })

  const room = '/topic/chat/room/lounge'
  const talk = (message: string, id: string) => ({ type: 'TALK', roomId: 'lounge', message, id })
  const ready = async (): Promise<[number, string]> => {
    const answer = await fetch(`${chat.address}/readyz`)
    return [answer.status, await answer.text()]
  }
  const metric = async (name: string): Promise<string | undefined> =>
    new RegExp(`^${name} (.*)$`, 'm').exec(await (await fetch(`${chat.address}/metrics`)).text())?.[1]

  it('sessions stay, what needs it is refused with a code, and everything goes on by itself', async () => {
    const owner = await chat.signUp('주인')
    const [page, guest] = [await owner.in('lounge'), await chat.member('lounge', '손님')]
    await page.message(room)
    await guest.say(talk('before', 'id-1'))
    expect(await page.message(room)).toMatchObject({ message: 'before' })
    expect(await ready()).toEqual([200, 'ready\n'])

    await server.stop('SIGQUIT')

    const away = { status: 503, body: { code: 'service-unavailable' } }
    expect(await owner.call('POST', '/api/rooms', { name: '새 방' })).toMatchObject(away)
    expect(await owner.call('GET', '/api/direct')).toMatchObject(away)
    const signIn = { name: '주인', password: PASSWORD }
    expect(await new Browser(chat).call('POST', '/api/session', signIn)).toMatchObject(away)
    expect((await ready())[0]).toBe(503)
    expect(await metric('chat_database_available')).toBe('0')
    // Who is there is known, and rooms are.
    expect((await chat.get('/api/rooms/lounge')).body).toMatchObject({ members: ['주인', '손님'] })
    page.send(
      `SEND\ndestination:/app/chat/message\nreceipt:away\n\n${JSON.stringify(talk('meanwhile', 'id-2'))}`,
    )
    expect(await page.refusal()).toBe('history-unavailable')
    page.send('SEND\ndestination:/app/chat/direct\nreceipt:dm\n\n{"to":"손님","message":"x","id":"dm"}')
    expect(await page.refusal()).toBe('service-unavailable')
    // A page with a cookie is told to come again, and not taken for a guest.
    const late = await owner.page({ 'x-error-mode': 'keep' }).catch((error: unknown) => error)
    expect(late).toBeInstanceOf(Error)

    await server.start()
    await expect.poll(async () => (await ready())[0]).toBe(200)

    await page.say(talk('meanwhile', 'id-2'))
    await guest.say(talk('after', 'id-3'))
    const texts = [await page.message(room), await page.message(room)].map(({ message }) => message)
    expect(texts).toEqual(['meanwhile', 'after'])
    expect((await owner.call('POST', '/api/rooms', { name: '새 방' })).status).toBe(201)
    expect(await metric('chat_database_available')).toBe('1')
    const told = (msg: string): number => chat.logged.filter((line) => line['msg'] === msg).length
    expect([told('the database is away'), told('the database is back')]).toEqual([1, 1])
  }, 60_000)

  it('ends, also while it is away', async () => {
    await server.stop('SIGQUIT')
    const begun = performance.now()
    await chat.close()
    expect(performance.now() - begun).toBeLessThan(5_000)
    await server.start()
  }, 60_000)
})
