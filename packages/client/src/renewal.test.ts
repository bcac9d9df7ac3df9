import { describe, expect, it } from 'vitest'
import { play } from './testing/kit.js'
import type { Playground } from './testing/kit.js'
import type { TokenSource } from './credentials.js'

const MINUTE = 60_000

/** In a session, with a token that a link asked for. */
async function admitted(token: TokenSource): Promise<Playground> {
  const playground = play({ token })
  void playground.client.connect()
  await playground.connectHeaders()
  playground.link().open()
  return playground
}

const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

describe('a token', () => {
  it('is renewed in the session before it expires, and again', async () => {
    let count = 0
    const { link, clock } = await admitted(() => ({
      token: `t${count++}`,
      expiresAt: count * 10 * MINUTE,
    }))
    await clock.advance(9 * MINUTE - 1)
    expect(link().sends()).toEqual([])
    await clock.advance(1)
    const [renewal] = link().sends()
    expect(renewal).toMatchObject({ destination: '/app/.renew', headers: { Authorization: 'Bearer t1' } })
    link().receipt(renewal!)
    await clock.advance(0)
    await clock.advance(10 * MINUTE)
    expect(link().sends()).toMatchObject([{ headers: { Authorization: 'Bearer t2' } }])
  })

  it('that is a JWT says itself when it expires', async () => {
    const { link, clock } = await admitted(() => jwt({ sub: '안?>', exp: 100 }))
    await clock.advance(79_999)
    expect(link().sends()).toEqual([])
    await clock.advance(1)
    expect(link().sends()).toHaveLength(1)
  })

  it('is taken for new where this machine’s clock says that it has expired, or is not issued yet', async () => {
    for (const iat of [-1_000, 1_000]) {
      const { link, clock } = await admitted(() => jwt({ iat, exp: iat + 100 }))
      await clock.advance(79_999)
      expect(link().sends()).toEqual([])
      await clock.advance(1)
      expect(link().sends()).toHaveLength(1)
    }
  })

  it.each(['opaque', 'a.b.c', jwt({}), jwt({ exp: 'x' })])(
    'that does not say is not renewed: %s',
    async (token) => {
      const { link, clock } = await admitted(() => token)
      expect(clock.pending).toBe(0)
      await clock.advance(MINUTE)
      expect(link().sends()).toEqual([])
    },
  )

  it('is not renewed more often than every five seconds', async () => {
    let count = 0
    // Expired when it is had.
    const { link, clock } = await admitted(() => ({ token: `t${count++}`, expiresAt: 0 }))
    for (let i = 0; i < 3; i++) {
      await clock.advance(5_000)
      const sent = link().sends()
      expect(sent).toHaveLength(1)
      link().confirm(...sent)
      await clock.advance(0)
    }
  })

  it('that is refused is had once more in the knowledge of it, while the session lasts', async () => {
    const asked: boolean[] = []
    const { link, clock, errors } = await admitted(({ refused }) => {
      asked.push(refused)
      return { token: 't', expiresAt: 10 * MINUTE }
    })
    await clock.advance(9 * MINUTE)
    link().refuse(link().sends()[0], 'authentication-failed')
    await clock.advance(0)
    await clock.advance(5_000)
    expect(asked).toEqual([false, false, true])
    expect(link().sends()).toHaveLength(1)
    expect(errors).toMatchObject([{ code: 'authentication-failed' }])
  })

  it('is not offered again to a server that renews nothing', async () => {
    const { link, clock, errors } = await admitted(() => ({ token: 't', expiresAt: 10 * MINUTE }))
    await clock.advance(9 * MINUTE)
    link().refuse(link().sends()[0], 'destination-not-handled')
    await clock.advance(0)
    await clock.advance(MINUTE)
    expect(link().sends()).toEqual([])
    expect(errors).toEqual([])
  })

  it('is not renewed for a session that is gone', async () => {
    const { link, clock } = await admitted(() => ({ token: 't', expiresAt: 10 * MINUTE }))
    await clock.advance(9 * MINUTE)
    link().end()
    expect(clock.pending).toBe(1)
  })

  it('may hold longer than a timer can wait', async () => {
    const { link, clock } = await admitted(() => ({ token: 't', expiresAt: 2 ** 32 }))
    await clock.advance(2 ** 32 - MINUTE - 1)
    expect(link().sends()).toEqual([])
    await clock.advance(1)
    expect(link().sends()).toHaveLength(1)
  })
})
