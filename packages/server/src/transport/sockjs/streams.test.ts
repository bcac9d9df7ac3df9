import { describe, expect, test } from 'vitest'
import { expectCors, expectNotCached, newSession, serveSockJs } from '../../../test/sockjs.js'

describe('sockjs-protocol "EventSource"', () => {
  test('streams after a line of prelude, uncached, for pages of other origins too', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/eventsource`, { headers: { Origin: 'test' } })
    const head = await client.head()
    expect(head.status).toBe(200)
    expect(head.headers['content-type']).toBe('text/event-stream')
    expectNotCached(head)
    expectCors(head, 'test')
    expect([await client.chunk(), await client.chunk()]).toEqual(['\r\n', 'data: o\r\n\r\n'])
    await post(`${session}/xhr_send`, '["x"]')
    expect(await client.chunk()).toBe('data: a["x"]\r\n\r\n')
  })

  test('white space and NUL in messages never show in its lines', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/eventsource`)
    await client.head()
    await client.chunk()
    await client.chunk()
    await post(`${session}/xhr_send`, String.raw`["  \u0000\n\r "]`)
    expect(await client.chunk()).toBe(String.raw`data: a["  \u0000\n\r "]` + '\r\n\r\n')
  })

  test('a percent sign survives that sockjs-client decodes the data as a URI', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/eventsource`)
    await client.head()
    await client.chunk()
    await client.chunk()
    const message = '100% %25 %2F %zz 한'
    await post(`${session}/xhr_send`, JSON.stringify([message]))
    const data = (await client.chunk()).slice('data: '.length, -4)
    expect(decodeURI(data)).toBe(`a["${message}"]`)
  })

  test('ends once it has carried as many bytes of frames as the limit', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/eventsource`)
    await client.head()
    expect([await client.chunk(), await client.chunk()]).toEqual(['\r\n', 'data: o\r\n\r\n'])
    const message = `"${'x'.repeat(4096)}"`
    await post(`${session}/xhr_send`, `[${message}]`)
    expect([await client.chunk(), await client.chunk()]).toEqual([`data: a[${message}]\r\n\r\n`, ''])
  })
})

describe('sockjs-protocol "HtmlFile"', () => {
  const head = (callback: string): string => `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.${callback};
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`
  const OPEN = '<script>\np("o");\n</script>\r\n'

  test('streams scripts after the beginning of a page of more than 1 KiB, uncached', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/htmlfile?c=%63allback`)
    const answer = await client.head()
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=UTF-8')
    expectNotCached(answer)
    const page = await client.chunk()
    expect(page.trim()).toBe(head('callback'))
    expect(page.length).toBeGreaterThan(1024)
    expect(await client.chunk()).toBe(OPEN)
    await post(`${session}/xhr_send`, '["x"]')
    expect(await client.chunk()).toBe('<script>\np("a[\\"x\\"]");\n</script>\r\n')
  })

  test('nothing in a message ends the script that carries it', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/htmlfile?c=x`)
    await client.head()
    await client.chunk()
    await client.chunk()
    const message = '</script><script>alert("\\")//<!-- \u2028 한'
    await post(`${session}/xhr_send`, JSON.stringify([message]))
    const script = await client.chunk()
    const [, literal] = /^<script>\np\((.*)\);\n<\/script>\r\n$/.exec(script)!
    expect(literal).not.toContain('<')
    const frame = JSON.parse(literal!) as string
    expect(JSON.parse(frame.slice(1))).toEqual([message])
  })

  test('asks for a callback', async () => {
    const { get, handlers } = await serveSockJs()
    for (const query of ['', '?c=', '?x=y']) {
      expect(await get(`/a/a/htmlfile${query}`)).toMatchObject({
        status: 500,
        body: '"callback" parameter required',
      })
    }
    expect(handlers).toEqual([])
  })

  test.each(['%20', '*', 'abc(', 'abc%28', 'x'.repeat(65)])('refuses the callback %s', async (callback) => {
    const { get, handlers } = await serveSockJs()
    expect(await get(`/a/a/htmlfile?c=${callback}`)).toMatchObject({
      status: 500,
      body: 'invalid "callback" parameter',
    })
    expect(handlers).toEqual([])
  })

  test('ends once it has carried as many bytes of frames as the limit', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('GET', `${session}/htmlfile?c=callback`)
    await client.head()
    await client.chunk()
    expect(await client.chunk()).toBe(OPEN)
    const message = 'x'.repeat(4096)
    await post(`${session}/xhr_send`, `["${message}"]`)
    expect([await client.chunk(), await client.chunk()]).toEqual([
      `<script>\np("a[\\"${message}\\"]");\n</script>\r\n`,
      '',
    ])
  })
})
