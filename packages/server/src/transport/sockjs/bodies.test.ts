import { describe, expect, test } from 'vitest'
import { newSession, serveSockJs, until } from '../../../test/sockjs.js'

describe('the body of a request that sends', () => {
  test('may be as long as messageBytes', async () => {
    const { post, handlers } = await serveSockJs({ messageBytes: 100, service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    expect((await post(`${session}/xhr_send`, `["${'x'.repeat(96)}"]`)).status).toBe(204)
    expect(handlers[0]!.messages).toEqual(['x'.repeat(96)])
  })

  test('is refused unread when it says that it is longer', async () => {
    const { post, stream, handlers } = await serveSockJs({ messageBytes: 100, service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    const client = await stream('POST', `${session}/xhr_send`, { headers: { 'Content-Length': '101' } })
    const head = await client.head()
    expect(head.status).toBe(413)
    expect(head.headers['connection']).toBe('close')
    expect(handlers[0]!.messages).toEqual([])
  })

  test('is refused when it turns out longer, and its connection is closed', async () => {
    const { post, stream, handlers } = await serveSockJs({ messageBytes: 100, service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    const client = await stream('POST', `${session}/xhr_send`, {
      headers: { 'Transfer-Encoding': 'chunked' },
    })
    client.socket.write(`40\r\n${'x'.repeat(64)}\r\n`)
    client.socket.write(`40\r\n${'x'.repeat(64)}\r\n`)
    expect((await client.head()).status).toBe(413)
    await client.closed()
    expect(handlers[0]!.messages).toEqual([])
  })

  test('of a session that is not there is not waited for', async () => {
    const { stream } = await serveSockJs()
    const client = await stream('POST', `${newSession()}/xhr_send`, { headers: { 'Content-Length': '1000' } })
    expect((await client.head()).status).toBe(404)
  })

  test('that is cut in the middle brings nothing, and the session goes on', async () => {
    const { post, stream, handlers } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    const client = await stream('POST', `${session}/xhr_send`, {
      headers: { 'Content-Length': '1000' },
      body: '["a"]',
    })
    client.destroy()
    await post(`${session}/xhr_send`, '["b"]')
    expect((await post(`${session}/xhr`)).body).toBe('a["b"]\n')
    expect(handlers[0]!.messages).toEqual(['b'])
  })

  test('that comes in pieces is put together, through the middle of a character too', async () => {
    const { post, stream, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    const body = Buffer.from('["한글"]')
    const client = await stream('POST', `${session}/xhr_send`, {
      headers: { 'Content-Length': String(body.length) },
    })
    client.socket.setNoDelay(true)
    for (const byte of body) {
      client.socket.write(Uint8Array.of(byte))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => handlers[0]!.messages.length > 0)
    expect(handlers[0]!.messages).toEqual(['한글'])
  })

  test('of a poll is ignored', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    expect((await post(`${session}/xhr`, 'x'.repeat(100_000))).body).toBe('o\n')
  })
})
