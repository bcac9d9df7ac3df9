import { expect, it } from 'vitest'
import { outcome, play, playing } from './testing/kit.js'
import type { FakeLink } from './testing/fake-link.js'

const to = { destination: '/app/sum' }

/** Answers a request that was sent. */
function answer(link: FakeLink, correlationId: string, body: unknown): void {
  link.message('replies', body, { 'correlation-id': correlationId })
}

it('asks on a reply queue of the session, and resolves with the answer that has its id', async () => {
  const { client, link } = playing()
  const one = client.request('/sum', { body: [1, 2] })
  const two = client.request('/sum', { body: [3, 4] })
  expect(link().subscriptions()).toMatchObject([{ id: 'replies', destination: '/temp-queue/replies' }])
  const [first, second] = link().sends()
  expect(first).toMatchObject({ destination: '/app/sum', headers: { 'reply-to': '/temp-queue/replies' } })
  answer(link(), second!.headers['correlation-id']!, 7)
  answer(link(), 'nobody’s', 0)
  answer(link(), first!.headers['correlation-id']!, 3)
  link().confirm(first!, second!)
  expect([await one, await two]).toEqual([3, 7])
})

it('waits for a session, and asks once only', async () => {
  const { client, link, links, clock } = play()
  const asked = outcome(client.request(to, { timeoutMs: 60_000 }))
  void client.connect()
  link().open()
  expect(link().sends()).toHaveLength(1)
  link().end()
  expect(await asked).toBe('connection-lost')
  await clock.advance(1_000)
  link().open()
  expect(links).toHaveLength(2)
  expect(link().sends()).toEqual([])
})

it('gives up what was done but not answered when its session ends', async () => {
  const { client, link } = playing()
  const asked = outcome(client.request(to))
  link().confirm(...link().sends())
  link().end()
  expect(await asked).toBe('connection-lost')
})

it('subscribes to a reply queue in each session that asks', async () => {
  const { client, link, clock } = playing()
  void outcome(client.request(to, {}))
  void outcome(client.request(to, {}))
  expect(link().subscriptions()).toHaveLength(1)
  link().end()
  await clock.advance(1_000)
  link().open()
  expect(link().subscriptions()).toEqual([])
  void outcome(client.request(to, {}))
  expect(link().subscriptions()).toHaveLength(1)
})

it('rejects with the code of the server’s ERROR', async () => {
  const { client, link } = playing()
  const asked = outcome(client.request(to, {}))
  link().refuse(link().sends()[0], 'body-invalid')
  expect(await asked).toBe('body-invalid')
})

it('rejects with the code, the message and the data of an answer that is a refusal', async () => {
  const { client, link } = playing()
  const asked = client.request(to, {})
  const [frame] = link().sends()
  const headers = {
    'correlation-id': frame!.headers['correlation-id']!,
    code: 'body-invalid',
    message: 'No.',
  }
  link().message('replies', { issues: [] }, headers)
  link().receipt(frame!)
  await expect(asked).rejects.toMatchObject({
    code: 'body-invalid',
    message: 'No.',
    data: { issues: [] },
    by: 'server',
  })
})

it('waits as long as it is told to, a session or not, and sends nothing afterwards', async () => {
  const { client, link, clock } = play({ requestTimeoutMs: 5_000 })
  const short = outcome(client.request(to, { timeoutMs: 100 }))
  const long = outcome(client.request(to, {}))
  await clock.advance(100)
  expect(await short).toBe('timeout')
  void client.connect()
  link().open()
  const [only, ...more] = link().sends()
  expect(more).toEqual([])
  await clock.advance(4_900)
  expect(await long).toBe('timeout')
  answer(link(), only!.headers['correlation-id']!, 'too late')
})

it('is taken back by its signal', async () => {
  const { client, link } = play()
  const giveUp = new AbortController()
  const asked = outcome(client.request(to, { signal: giveUp.signal }))
  giveUp.abort(new Error('never mind'))
  expect(await asked).toBe('Error: never mind')
  expect(await outcome(client.request(to, { signal: giveUp.signal }))).toBe('Error: never mind')
  void client.connect()
  link().open()
  expect(link().sends()).toEqual([])
})

it('counts to what waits to be confirmed', async () => {
  const { client } = play({ outgoing: { messages: 1 } })
  void outcome(client.request(to, {}))
  expect(await outcome(client.request(to, {}))).toBe('outgoing-full')
})

it('rejects when the client is closed', async () => {
  const { client } = playing()
  const asked = outcome(client.request(to, {}))
  await client.close()
  expect(await asked).toBe('connection-lost')
  expect(await outcome(client.request(to, {}))).toBe('closed')
})
