import { allow, createStompServer } from 'stomping-ground'
import type { StompServer } from 'stomping-ground'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'

async function broker(port = 0): Promise<{ stomp: StompServer; port: number }> {
  const all = [allow('/**')]
  const stomp = createStompServer({ permissions: { subscribe: all, send: all } })
  return { stomp, port: (await stomp.listenTcp({ port })).port }
}

describe.skipIf(missing(requirements.chromium))('while the broker behind the chat is away', () => {
  let behind: Awaited<ReturnType<typeof broker>>

  beforeAll(async () => {
    behind = await broker()
  })
  afterAll(() => behind?.stomp.close())
  const at = chatInBrowser(() => ({ BROKER_URL: `stomp://127.0.0.1:${behind.port}` }))

  it('pages say so, keep their sessions and go on within their node, and nothing comes twice when it is back', async () => {
    const room = `${at.chat.url}/rooms/${await at.chat.makeRoom('held up')}`
    const [one, other] = [await at.open(), await at.open()]
    await one.enter(room, 'Chulsoo')
    await other.enter(room, 'Younghee')
    await one.say('before')
    await other.sees('before')

    await behind.stomp.close()
    await one.connection('undelivered')
    await other.connection('undelivered')
    await one.say('meanwhile')
    // What is kept reaches those of the same node all the same.
    await other.sees('meanwhile')
    expect(await at.chat.sessions()).toBe(2)

    behind = await broker(behind.port)
    await Promise.all([one.online(), other.online()])
    await one.say('after')
    await other.sees('after')
    expect(await other.messages('meanwhile')).toHaveLength(1)
    expect([...one.errors, ...other.errors]).toEqual([])
  }, 60_000)
})
