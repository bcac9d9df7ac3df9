import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHAT_ERRORS } from '../../contract/index.js'
import { TestChat, removeTemporaryFolders } from '../testing/test-chat.js'

let chat: TestChat

beforeEach(async () => {
  chat = await TestChat.start({ limits: { roomsMadePerMinute: 10, httpBodyBytes: 1_000 } })
})
afterEach(() => chat.close())
afterAll(removeTemporaryFolders)

describe('/api/rooms', () => {
  it('makes a room and shows it', async () => {
    const made = await chat.post({ name: ' 점심  Lunch ' })
    expect(made.status).toBe(201)
    const room = { id: made.body['id'], name: '점심 Lunch', createdAt: made.body['createdAt'], members: 0 }
    expect(made.body).toEqual(room)
    expect(made.headers.get('location')).toBe(`/api/rooms/${String(room.id)}`)
    expect(room.createdAt).toBeLessThanOrEqual(Date.now())
    const detail = await chat.get(`/api/rooms/${String(room.id)}`)
    const seq = expect.any(Number) as unknown
    expect(detail.body).toEqual({ room, members: [], registered: [], seq, editMs: 86_400_000 })
    expect((await chat.get('/api/rooms')).body).toEqual({
      rooms: [expect.objectContaining({ id: 'lounge' }), room],
    })
  })

  it.each([
    [{ name: '' }, 400, 'room-name-empty'],
    [{ name: '가'.repeat(61) }, 400, 'room-name-too-long'],
    [{ name: 'a\u202Eb' }, 400, 'room-name-characters'],
    [{ name: '라운지 LOUNGE' }, 409, 'room-name-taken'],
    [{ name: 5 }, 400, 'request-invalid'],
    [{}, 400, 'request-invalid'],
    ['null', 400, 'request-invalid'],
    ['', 400, 'request-invalid'],
    ['{"name":', 400, 'request-invalid'],
    [{ name: 'x'.repeat(1_000) }, 413, 'request-invalid'],
  ] as const)('refuses %j', async (body, status, code) => {
    const answer = await chat.post(body)
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ code, message: CHAT_ERRORS[code] })
    expect(chat.lines('refused')).toEqual([
      { status, code, method: 'POST', path: '/api/rooms', remoteAddress: '127.0.0.1' },
    ])
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])(
    'refuses a body of type %s, which a form of another site could send',
    async (type) => {
      const answer = await chat.post('{"name":"점심"}', { 'content-type': type })
      expect(answer).toMatchObject({ status: 415, body: { code: 'request-invalid' } })
    },
  )

  it('refuses more rooms from one address than it may make in a minute, and says when to come back', async () => {
    for (let i = 0; i < 10; i++) await chat.room(`방 ${i}`)
    const answer = await chat.post({ name: '또' })
    expect(answer).toMatchObject({ status: 429, body: { code: 'too-many-requests' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await chat.get('/api/rooms')).status).toBe(200)
  })
})

describe('errors of /api', () => {
  it.each([
    ['GET', '/api/rooms/nowhere', 404, 'room-unknown'],
    ['GET', '/api/rooms/__proto__', 404, 'room-unknown'],
    ['GET', `/api/rooms/${'x'.repeat(500)}`, 404, 'request-invalid'],
    ['GET', '/api/rooms/%E0%A4', 400, 'request-invalid'],
    ['GET', '/api/nothing', 404, 'request-invalid'],
    ['GET', '/api', 404, 'request-invalid'],
    ['GET', '/api/', 404, 'request-invalid'],
    ['DELETE', '/api/rooms', 404, 'request-invalid'],
    ['PUT', '/api/rooms/lounge', 404, 'request-invalid'],
  ] as const)('%s %s has the form of the contract', async (method, path, status, code) => {
    const answer = await chat.get(path, { method })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ code, message: CHAT_ERRORS[code] })
  })
})

it('an error of the server is told without what it was, and logged with it', async () => {
  await chat.database((database) => database.schema.alterTable('rooms').renameTo('gone').execute())
  const answer = await chat.post({ name: '점심' })
  expect(answer.status).toBe(500)
  expect(answer.body).toEqual({
    code: 'server-failed',
    message: 'Something went wrong here. Try again in a moment.',
  })
  expect(chat.lines('failed')).toMatchObject([
    {
      method: 'POST',
      path: '/api/rooms',
      err: { message: expect.stringMatching(/no such table|does not exist/) as string },
    },
  ])
})

describe('the page', () => {
  it.each(['/', '/rooms/lounge', '/rooms/%EB%B0%A9', '/rooms/nowhere?lang=ko', '/index.html'])(
    'is at %s, and asked for each time',
    async (path) => {
      const response = await fetch(chat.address + path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await response.text()).toContain('<title>page</title>')
    },
  )

  it('keeps what has a hash in its name for ever, and nothing else', async () => {
    const asset = await fetch(`${chat.address}/assets/index-a1b2c3.js`)
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(asset.headers.get('content-type')).toContain('javascript')
    const icon = await fetch(`${chat.address}/favicon.svg`)
    expect(icon.headers.get('cache-control')).toBe('no-cache')
  })

  it.each([
    '/nothing',
    '/rooms',
    '/rooms/a/b',
    '/assets',
    '/assets/',
    '/assets/gone.js',
    '/.env',
    '/..%2f..%2fetc/passwd',
  ])('is not at %s', async (path) => {
    const response = await fetch(chat.address + path)
    expect([response.status, await response.text()]).toEqual([404, 'There is nothing here.\n'])
  })

  it('may load from here only, connect to its WebSocket, and be framed by nobody', async () => {
    const { headers } = await fetch(chat.address)
    const policy = headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("connect-src 'self' ws: wss:")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('upgrade-insecure-requests')
    expect(headers.has('strict-transport-security')).toBe(false)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    // Other sites are not told who sent a person; this one is, or its own forms would come from nowhere.
    expect(headers.get('referrer-policy')).toBe('same-origin')
  })
})

describe('health', () => {
  it.each([
    ['/healthz', 'ok\n'],
    ['/readyz', 'ready\n'],
  ])('%s says %j', async (path, text) => {
    const response = await fetch(chat.address + path)
    expect([response.status, await response.text()]).toEqual([200, text])
  })

  it('/readyz says 503 and the page is still there while sessions are drained', async () => {
    const slow = await TestChat.start({ limits: { drainMs: 60_000 } })
    const client = await slow.client()
    client.pause()
    const drained = slow.drain()
    const ready = await fetch(`${slow.address}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, 'not ready: closing\n'])
    expect((await fetch(slow.address)).status).toBe(200)
    await slow.close()
    await drained
  })

  it('/metrics counts what the server does', async () => {
    await chat.member('lounge', '민지')
    const response = await fetch(`${chat.address}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(await response.text()).toContain('\nstomp_sessions 1\n')
  })
})

describe('pages of other sites', () => {
  const origin = 'https://elsewhere.example'

  it('may not read', async () => {
    const { headers } = await chat.get('/api/rooms', { headers: { origin } })
    expect(headers.has('access-control-allow-origin')).toBe(false)
  })

  it('may read where their origin is listed', async () => {
    const open = await TestChat.start({ config: { allowedOrigins: [origin] } })
    const allowed = async (from: string): Promise<string | null> =>
      (await open.get('/api/rooms', { headers: { origin: from } })).headers.get('access-control-allow-origin')
    expect(await allowed(origin)).toBe(origin)
    expect(await allowed('https://third.example')).toBeNull()
    await open.close()
  })
})
