import { describe, expect, test } from 'vitest'
import { newSession, serveSockJs } from '../../../test/sockjs.js'
import type { TestEndpoint } from '../../../test/sockjs.js'

const withCookies = (): Promise<TestEndpoint> => serveSockJs({ sockjs: { sessionCookie: true } })

describe('sockjs-protocol "JSESSIONID cookie"', () => {
  test('is set where it is none yet', async () => {
    const { post } = await withCookies()
    const { headers } = await post(`${newSession()}/xhr`)
    expect(headers['set-cookie']).toBe('JSESSIONID=dummy; path=/')
  })

  test.each(['JSESSIONID=abcdef', 'a=b; JSESSIONID=abcdef; c=d'])('is set again: %s', async (Cookie) => {
    const { post } = await withCookies()
    const { headers } = await post(`${newSession()}/xhr`, '', { headers: { Cookie } })
    expect(headers['set-cookie']).toBe('JSESSIONID=abcdef; path=/')
  })

  test('of another cookie whose name ends like it, nothing is taken', async () => {
    const { post } = await withCookies()
    const { headers } = await post(`${newSession()}/xhr`, '', { headers: { Cookie: 'XJSESSIONID=a' } })
    expect(headers['set-cookie']).toBe('JSESSIONID=dummy; path=/')
  })

  test.each([
    ['POST', '/xhr_streaming'],
    ['GET', '/eventsource'],
    ['GET', '/htmlfile?c=%63allback'],
    ['GET', '/jsonp?c=%63allback'],
  ])('is set by %s %s', async (method, suffix) => {
    const { stream } = await withCookies()
    const client = await stream(method, `${newSession()}${suffix}`)
    expect((await client.head()).headers['set-cookie']).toBe('JSESSIONID=dummy; path=/')
  })

  test('is set by what sends, too', async () => {
    const { get, post } = await withCookies()
    const session = newSession()
    await get(`${session}/jsonp?c=x`)
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const sent = await post(`${session}/jsonp_send`, 'd=%5B%22x%22%5D', { headers })
    expect(sent.headers['set-cookie']).toBe('JSESSIONID=dummy; path=/')
  })

  test('is not set by default', async () => {
    const { post } = await serveSockJs()
    expect((await post(`${newSession()}/xhr`)).headers).not.toHaveProperty('set-cookie')
  })
})
