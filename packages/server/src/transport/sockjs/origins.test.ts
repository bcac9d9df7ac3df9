import { describe, expect, test } from 'vitest'
import { HttpClient } from '../../../test/http.js'
import { expectCors, newSession, serveSockJs, until } from '../../../test/sockjs.js'
import type { TestEndpoint } from '../../../test/sockjs.js'

const OTHER = { Origin: 'https://other.test' }
const LISTED = 'https://chat.example.com'
const rejections: [number, string][] = []

function serve(origins: readonly string[], sockjs = {}): Promise<TestEndpoint> {
  rejections.length = 0
  return serveSockJs({
    origins,
    sockjs,
    service: 'silent',
    rejected: (_, status, message) => rejections.push([status, message]),
  })
}

/** Every request that a page can make of a session, and `/info`. */
const REQUESTS = [
  ['GET', '/info'],
  ['POST', '/xhr'],
  ['POST', '/xhr_send'],
  ['POST', '/xhr_streaming'],
  ['GET', '/eventsource'],
  ['GET', '/htmlfile?c=x'],
  ['GET', '/jsonp?c=x'],
  ['POST', '/jsonp_send'],
] as const

async function statusOf(
  { stream }: TestEndpoint,
  method: string,
  suffix: string,
  headers: Record<string, string>,
): Promise<number> {
  const path = suffix === '/info' ? suffix : `${newSession()}${suffix}`
  const client = await stream(method, path, { headers })
  const { status } = await client.head()
  client.destroy()
  return status
}

describe('with no origins listed', () => {
  test.each(REQUESTS)('%s %s of a page of another origin is refused', async (method, suffix) => {
    const served = await serve([])
    expect(await statusOf(served, method, suffix, OTHER)).toBe(403)
    expect(rejections).toEqual([[403, 'Pages from https://other.test may not connect.']])
    expect(served.handlers).toEqual([])
  })

  test.each(REQUESTS)('%s %s of a page of the same origin is not', async (method, suffix) => {
    const status = await statusOf(await serve([]), method, suffix, { Origin: 'http://sockjs.test' })
    expect(status).toBe(suffix.endsWith('_send') ? 404 : 200)
  })

  test('a preflight of a page of another origin is refused', async () => {
    const answer = await (await serve([])).options('/0/0/xhr', OTHER)
    expect(answer.status).toBe(403)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('a refusal lets the page read nothing', async () => {
    const answer = await (await serve([])).get('/info', { headers: OTHER })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('a WebSocket of a page of another origin is refused', async () => {
    const { port } = await serve([])
    const client = await HttpClient.open(port)
    const { status } = await client.request('GET', '/sockjs/0/0/websocket', {
      headers: {
        ...OTHER,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
      },
    })
    expect(status).toBe(403)
    expect(rejections).toHaveLength(1)
  })

  test('the iframe page can be embedded by pages of the same origin alone', async () => {
    const { headers } = await (await serve([])).get('/iframe.html')
    expect(headers['content-security-policy']).toBe("frame-ancestors 'self'")
    expect(headers['x-frame-options']).toBe('SAMEORIGIN')
  })
})

describe('browsers send some requests without an origin', () => {
  test.each([
    ['same-origin', 200],
    ['none', 200],
    ['same-site', 403],
    ['cross-site', 403],
  ])('where they say that the page is %s, that counts', async (site, status) => {
    const served = await serve([])
    for (const suffix of ['/jsonp?c=x', '/htmlfile?c=x', '/eventsource']) {
      expect(await statusOf(served, 'GET', suffix, { 'Sec-Fetch-Site': site })).toBe(status)
    }
  })

  test('what they say of the page counts more than an origin that a policy has made null', async () => {
    const served = await serve([])
    const form = { Origin: 'null' }
    expect(await statusOf(served, 'POST', '/jsonp_send', form)).toBe(403)
    expect(await statusOf(served, 'POST', '/jsonp_send', { ...form, 'Sec-Fetch-Site': 'cross-site' })).toBe(
      403,
    )
    expect(await statusOf(served, 'POST', '/jsonp_send', { ...form, 'Sec-Fetch-Site': 'same-origin' })).toBe(
      404,
    )
  })

  test.each([
    ['http://sockjs.test/page', 200],
    ['https://other.test/page', 403],
    ['https://other.test/http://sockjs.test/', 403],
  ])('where they tell the page itself, its origin counts: %s', async (Referer, status) => {
    const served = await serve([])
    for (const suffix of ['/jsonp?c=x', '/htmlfile?c=x', '/eventsource']) {
      expect(await statusOf(served, 'GET', suffix, { Referer })).toBe(status)
    }
  })

  test('where they tell nothing, jsonp is refused: scripts of any origin could load its answer', async () => {
    const served = await serve([])
    expect(await statusOf(served, 'GET', '/jsonp?c=x', {})).toBe(403)
    expect(await statusOf(served, 'GET', '/htmlfile?c=x', {})).toBe(200)
    expect(await statusOf(served, 'GET', '/eventsource', {})).toBe(200)
  })

  test('a page of a listed origin may use jsonp', async () => {
    const served = await serve([LISTED])
    const headers = { 'Sec-Fetch-Site': 'cross-site', Referer: `${LISTED}/` }
    expect(await statusOf(served, 'GET', '/jsonp?c=x', headers)).toBe(200)
  })
})

describe('with origins listed', () => {
  test('their pages may connect, and read the answers', async () => {
    const { post, get } = await serve([LISTED])
    for (const answer of [
      await get('/info', { headers: { Origin: LISTED } }),
      await post(`${newSession()}/xhr`, '', { headers: { Origin: LISTED } }),
    ]) {
      expect(answer.status).toBe(200)
      expectCors(answer, LISTED)
    }
  })

  test('others may not', async () => {
    expect(await statusOf(await serve([LISTED]), 'POST', '/xhr', OTHER)).toBe(403)
  })

  test('their pages alone can embed the iframe page', async () => {
    const { headers } = await (await serve([LISTED])).get('/iframe.html')
    expect(headers['content-security-policy']).toBe(`frame-ancestors 'self' ${LISTED}`)
    expect(headers).not.toHaveProperty('x-frame-options')
  })

  test('* is all, and any page can embed the iframe page', async () => {
    const served = await serve(['*'])
    expect(await statusOf(served, 'POST', '/xhr', OTHER)).toBe(200)
    expect(await statusOf(served, 'GET', '/jsonp?c=x', { 'Sec-Fetch-Site': 'cross-site' })).toBe(200)
    const { headers } = await served.get('/iframe.html')
    expect(headers).not.toHaveProperty('content-security-policy')
  })
})

test('with CORS left to others, no such header is sent, and origins are checked all the same', async () => {
  const served = await serve([LISTED], { cors: false })
  const { status, headers } = await served.get('/info', { headers: { Origin: LISTED } })
  expect(status).toBe(200)
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(await statusOf(served, 'GET', '/info', OTHER)).toBe(403)
})

test('while draining, new sessions are refused and those that are there go on', async () => {
  let draining = false
  const { post, handlers } = await serveSockJs({ draining: () => draining })
  const session = newSession()
  await post(`${session}/xhr`)
  draining = true
  expect((await post(`${newSession()}/xhr`)).status).toBe(503)
  expect((await post(`${session}/xhr_send`, '["a"]')).status).toBe(204)
  await until(() => handlers[0]!.messages.length > 0)
  expect((await post(`${session}/xhr`)).body).toBe('a["a"]\n')
})
