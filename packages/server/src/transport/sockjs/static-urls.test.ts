import { describe, expect, test } from 'vitest'
import { allowing, expectCors, expectNotCached, preflights, serveSockJs } from '../../../test/sockjs.js'
import type { Answer } from '../../../test/http.js'

describe('sockjs-protocol "Greeting url"', () => {
  test.each(['', '/'])('the base URL%s answers with the greeting', async (path) => {
    const answer = await (await serveSockJs()).get(path)
    expect(answer).toMatchObject({ status: 200, body: 'Welcome to SockJS!\n' })
    expect(answer.headers['content-type']).toBe('text/plain; charset=UTF-8')
    expect(answer.headers).not.toHaveProperty('set-cookie')
  })

  test.each(['/a', '/a.html', '//', '///', '/a/a', '/a/a/', '/a/'])('%s is not found', async (path) => {
    expect((await (await serveSockJs()).get(path)).status).toBe(404)
  })
})

describe('sockjs-protocol "IFrame page"', () => {
  const page = (clientLibraryUrl: string): string => `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="${clientLibraryUrl}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>`

  test.each([
    '/iframe.html',
    '/iframe-a.html',
    '/iframe-.html',
    '/iframe-0.1.2.html',
    '/iframe-0.1.2abc-dirty.2144.html',
    '/iframe-a.html?t=1234',
    '/iframe-0.1.2.html?t=123414',
    '/iframe-0.1.2abc-dirty.2144.html?t=qweqweq123',
  ])('%s is the page, to be cached for a year', async (path) => {
    const answer = await (await serveSockJs()).get(path)
    expect(answer).toMatchObject({
      status: 200,
      body: page('https://cdn.jsdelivr.net/npm/sockjs-client@1.6.1/dist/sockjs.min.js'),
    })
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=UTF-8',
      'cache-control': 'public, max-age=31536000',
      expires: 'Fri, 01 Jan 1971 00:00:00 GMT',
      etag: expect.stringMatching(/^"[0-9a-f]{40}"$/) as string,
    })
    expect(answer.headers).not.toHaveProperty('last-modified')
    expect(answer.headers).not.toHaveProperty('set-cookie')
  })

  test.each([
    '/iframe.htm',
    '/iframe',
    '/IFRAME.HTML',
    '/IFRAME',
    '/iframe.HTML',
    '/iframe.xml',
    '/iframe-/.html',
    '/iframe-a-html',
  ])('%s is not found', async (path) => {
    expect((await (await serveSockJs()).get(path)).status).toBe(404)
  })

  test('has the same ETag each time, and is not sent again to those who have it', async () => {
    const { get } = await serveSockJs()
    const { etag } = (await get('/iframe.html')).headers
    expect((await get('/iframe-1.html')).headers['etag']).toBe(etag)
    for (const known of [etag!, `"other", ${etag}`, `W/${etag}`]) {
      const answer = await get('/iframe.html', { headers: { 'If-None-Match': known } })
      expect(answer).toMatchObject({ status: 304, body: '' })
      expect(answer.headers).not.toHaveProperty('content-type')
      expect(answer.headers['etag']).toBe(etag)
    }
    expect((await get('/iframe.html', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200)
  })

  test('loads the client library from the address in the options', async () => {
    const { get } = await serveSockJs({ sockjs: { clientLibraryUrl: '/vendor/sockjs.js?v=1' } })
    expect((await get('/iframe.html')).body).toBe(page('/vendor/sockjs.js?v=1'))
  })
})

describe('sockjs-protocol "Info test"', () => {
  const infoIn = (answer: Answer): Record<string, unknown> =>
    JSON.parse(answer.body) as Record<string, unknown>

  test('tells what the server can do, uncached, to pages of other origins too', async () => {
    const answer = await (await serveSockJs()).get('/info', { headers: { Origin: 'test' } })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8')
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expectNotCached(answer)
    expectCors(answer, 'test')
    expect(infoIn(answer)).toEqual({
      websocket: true,
      cookie_needed: false,
      origins: ['*:*'],
      entropy: expect.any(Number) as number,
    })
  })

  test('brings an unpredictable number of 32 bits each time', async () => {
    const { get } = await serveSockJs()
    const numbers = [infoIn(await get('/info'))['entropy'], infoIn(await get('/info'))['entropy']]
    expect(new Set(numbers).size).toBe(2)
    for (const number of numbers) {
      expect(Number.isInteger(number)).toBe(true)
      expect(number).toBeGreaterThanOrEqual(0)
      expect(number).toBeLessThan(2 ** 32)
    }
  })

  test('answers a preflight, of a page without an origin too', async () => {
    const methods = ['OPTIONS', 'GET']
    expect(await preflights(await serveSockJs(), '/info', methods)).toEqual(allowing(methods))
  })

  test('says that WebSockets are off where they are', async () => {
    const { get } = await serveSockJs({ sockjs: { websocket: false } })
    expect(infoIn(await get('/info'))['websocket']).toBe(false)
  })

  test('says that cookies are needed where they are', async () => {
    const answer = await (await serveSockJs({ sockjs: { sessionCookie: true } })).get('/info')
    expect(infoIn(answer)['cookie_needed']).toBe(true)
    expect(answer.headers).not.toHaveProperty('set-cookie')
  })
})

describe('a method that a URL does not have', () => {
  test.each([
    ['POST', '', 'GET, HEAD'],
    ['POST', '/info', 'GET, HEAD, OPTIONS'],
    ['POST', '/iframe.html', 'GET, HEAD'],
    ['GET', '/0/0/xhr', 'OPTIONS, POST'],
    ['GET', '/0/0/xhr_send', 'OPTIONS, POST'],
    ['PUT', '/0/0/xhr_streaming', 'OPTIONS, POST'],
    ['POST', '/0/0/eventsource', 'OPTIONS, GET'],
    ['POST', '/0/0/htmlfile', 'GET'],
    ['OPTIONS', '/0/0/jsonp', 'GET'],
    ['GET', '/0/0/jsonp_send', 'POST'],
  ])('%s %s is answered with 405 and the methods that it has', async (method, path, allowed) => {
    const { stream } = await serveSockJs()
    const { status, headers } = await (await stream(method, path)).head()
    expect({ status, allowed: headers['allow'], length: headers['content-length'] }).toEqual({
      status: 405,
      allowed,
      length: '0',
    })
    expect(headers).not.toHaveProperty('content-type')
  })

  test('HEAD is GET without the body', async () => {
    const { stream } = await serveSockJs()
    const { status, headers } = await (await stream('HEAD', '')).head()
    expect({ status, length: headers['content-length'] }).toEqual({ status: 200, length: '19' })
  })
})

describe('sockjs-protocol "Session URLs"', () => {
  test.each(['/a/a', '/_/_', '/1/1', '/abcdefgh_i-j%20/abcdefg_i-j%20'])(
    'any value is a session: %s',
    async (session) => {
      const answer = await (await serveSockJs()).post(`${session}/xhr`)
      expect(answer).toMatchObject({ status: 200, body: 'o\n' })
    },
  )

  test.each(['//', '/a./a', '/a/a.', '/./.', '/', '///', '/a', '/a/a/a', '/a//', '//a'])(
    'but none that is empty or has dots, nor fewer parts or more: %s',
    async (session) => {
      const { get, post, handlers } = await serveSockJs()
      expect((await get(`${session}/xhr`)).status).toBe(404)
      expect((await post(`${session}/xhr`)).status).toBe(404)
      expect(handlers).toEqual([])
    },
  )

  test('the part for the balancer is ignored', async () => {
    const { post } = await serveSockJs()
    expect((await post('/000/one/xhr')).body).toBe('o\n')
    expect(await post('/000/one/xhr_send', '["a"]')).toMatchObject({ status: 204, body: '' })
    expect(await post('/999/one/xhr')).toMatchObject({ status: 200, body: 'a["a"]\n' })
  })

  test('an unknown transport is not found', async () => {
    const { get, post } = await serveSockJs()
    for (const transport of ['xdr', 'xhr_', 'websocket_', 'constructor']) {
      expect((await get(`/0/0/${transport}`)).status).toBe(404)
      expect((await post(`/0/0/${transport}`)).status).toBe(404)
    }
  })
})
