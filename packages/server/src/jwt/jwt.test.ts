import type { JWTHeaderParameters } from 'jose'
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { StompHeaders } from '@stomping-ground/codec'
import type { ConnectRequest } from '../authentication.js'
import { ManualClock } from '../testing/manual-clock.js'
import { jwtAuthenticator } from './index.js'
import type { JwtOptions } from './index.js'

const SECRET = 'a secret of thirty-two bytes or more'
const issuer = 'https://login.example'
const audience = 'chat'
const bySecret: JwtOptions<{ name: string }> = { secret: SECRET, issuer, audience, clock: new ManualClock() }

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly http?: IncomingMessage['headers']
}

function requestOf({ headers = {}, http }: Asked): ConnectRequest {
  return {
    login: headers['login'],
    passcode: headers['passcode'],
    headers: StompHeaders.from(headers),
    request: http === undefined ? undefined : ({ headers: http } as IncomingMessage),
    certificate: undefined,
    remoteAddress: '192.0.2.1',
    sessionId: 's',
    renewal: false,
  }
}

const withToken = (passcode: string): ConnectRequest => requestOf({ headers: { passcode } })

/** A token that is right, but for what the test changes. The clock of the tests begins in 1970. */
function token(
  claims: Readonly<Record<string, unknown>> = {},
  { key = Buffer.from(SECRET), alg = 'HS256' }: { key?: Parameters<SignJWT['sign']>[0]; alg?: string } = {},
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const payload = { sub: 'ann', iss: issuer, aud: audience, exp: 60, ...claims }
  return new SignJWT(payload).setProtectedHeader({ ...header, alg }).sign(key)
}

async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  )
}

describe('a token', () => {
  test('that is right gives its subject as the user, until it expires and the skew is over', async () => {
    const authenticate = jwtAuthenticator(bySecret)
    expect(await authenticate(withToken(await token()))).toEqual({
      user: { name: 'ann' },
      expiresAt: new Date(65_000),
    })
  })

  test('is refused when anything in it is not right', async () => {
    const authenticate = jwtAuthenticator(bySecret)
    const answers: Record<string, unknown> = {}
    const wrong: Record<string, Record<string, unknown>> = {
      'another issuer': { iss: 'https://evil.example' },
      'another audience': { aud: 'shop' },
      'no issuer': { iss: undefined },
      'no audience': { aud: undefined },
      'no expiry': { exp: undefined },
      'not yet': { nbf: 6 },
      'no subject': { sub: undefined },
      'an empty subject': { sub: '' },
    }
    for (const [name, claims] of Object.entries(wrong)) {
      answers[name] = await codeOf(authenticate(withToken(await token(claims))))
    }
    const right = await token()
    const [head, payload, signature] = right.split('.') as [string, string, string]
    const forged = Buffer.from(
      JSON.stringify({ sub: 'admin', iss: issuer, aud: audience, exp: 60 }),
    ).toString('base64url')
    const malformed: Record<string, string> = {
      'another payload': `${head}.${forged}.${signature}`,
      'no signature': `${head}.${payload}.`,
      'two parts': `${head}.${payload}`,
      'four parts': `${right}.x`,
      'no base64': '%.%.%',
      'no JSON': `${Buffer.from('no').toString('base64url')}.${payload}.${signature}`,
      words: 'let me in',
      'one byte too long': 'x'.repeat(8_193),
    }
    for (const [name, text] of Object.entries(malformed)) {
      answers[name] = await codeOf(authenticate(withToken(text)))
    }
    answers['another secret'] = await codeOf(
      authenticate(withToken(await token({}, { key: Buffer.from('x'.repeat(32)) }))),
    )
    answers['a critical header'] = await codeOf(
      authenticate(
        withToken(
          right.replace(head, Buffer.from('{"alg":"HS256","crit":["x"],"x":1}').toString('base64url')),
        ),
      ),
    )
    answers['none at all'] = await codeOf(authenticate(requestOf({})))
    expect(new Set(Object.values(answers))).toEqual(new Set(['authentication-failed']))
    expect(Object.keys(answers)).toHaveLength(19)
  })

  test('holds until exp and the skew, to the second', async () => {
    const clock = new ManualClock()
    const authenticate = jwtAuthenticator({ ...bySecret, clock })
    const text = await token({ exp: 60 })
    await clock.advance(64_000)
    expect(await codeOf(authenticate(withToken(text)))).toBe('accepted')
    await clock.advance(1_000)
    expect(await codeOf(authenticate(withToken(text)))).toBe('token-expired')
  })

  test('that is not signed is none (alg: none)', async () => {
    const authenticate = jwtAuthenticator(bySecret)
    const claims = { sub: 'admin', iss: issuer, aud: audience, exp: 60 }
    expect(await codeOf(authenticate(withToken(new UnsecuredJWT(claims).encode())))).toBe(
      'authentication-failed',
    )
    for (const alg of ['none', 'None', 'nOnE', 'NONE', '']) {
      const head = Buffer.from(JSON.stringify({ alg })).toString('base64url')
      const body = Buffer.from(JSON.stringify(claims)).toString('base64url')
      expect(await codeOf(authenticate(withToken(`${head}.${body}.`)))).toBe('authentication-failed')
    }
  })

  test('of an algorithm that is not listed is refused, whoever signed it', async () => {
    const secret = 'x'.repeat(64)
    const authenticate = jwtAuthenticator({ ...bySecret, secret, algorithms: ['HS512'] })
    const key = Buffer.from(secret)
    expect(await codeOf(authenticate(withToken(await token({}, { key, alg: 'HS512' }))))).toBe('accepted')
    expect(await codeOf(authenticate(withToken(await token({}, { key, alg: 'HS256' }))))).toBe(
      'authentication-failed',
    )
  })
})

describe('a public key', () => {
  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])(
    'checks %s as PEM, JWK, and object',
    async (alg) => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
      const text = await token({}, { key: privateKey, alg })
      const pem = await exportSPKI(publicKey)
      for (const key of [pem, await exportJWK(publicKey), publicKey, createPublicKey(pem)]) {
        const authenticate = jwtAuthenticator({ key, issuer, audience, clock: new ManualClock() })
        expect(await codeOf(authenticate(withToken(text)))).toBe('accepted')
      }
    },
  )

  test('is never a secret: a token signed by HMAC with it is refused', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true })
    const pem = await exportSPKI(publicKey)
    const authenticate = jwtAuthenticator({ key: pem, issuer, audience, clock: new ManualClock() })
    for (const secret of [pem, pem.trim(), JSON.stringify(await exportJWK(publicKey))]) {
      const text = await token({}, { key: Buffer.from(secret) })
      expect(await codeOf(authenticate(withToken(text)))).toBe('authentication-failed')
    }
  })

  test('that a token brings with it counts for nothing', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const trusted = await generateKeyPair('RS256')
    const jwk = await exportJWK(publicKey)
    const authenticate = jwtAuthenticator({
      key: trusted.publicKey,
      issuer,
      audience,
      clock: new ManualClock(),
    })
    const text = await token({}, { key: privateKey, alg: 'RS256' }, { jwk, jku: 'https://evil.example/jwks' })
    expect(await codeOf(authenticate(withToken(text)))).toBe('authentication-failed')
  })
})

describe('a key set', () => {
  test('finds the key by its id; a token of another id is refused', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] }
    const authenticate = jwtAuthenticator({ jwks, issuer, audience, clock: new ManualClock() })
    const signed = (kid: string): Promise<string> => token({}, { key: privateKey, alg: 'ES256' }, { kid })
    expect(await codeOf(authenticate(withToken(await signed('1'))))).toBe('accepted')
    expect(await codeOf(authenticate(withToken(await signed('2'))))).toBe('authentication-failed')
  })

  test('is fetched; while that fails it is the server’s fault and not the client’s', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: '1', alg: 'ES256' }] }
    let there = false
    const http = createServer((_, response) => {
      response.writeHead(there ? 200 : 503, { connection: 'close' }).end(JSON.stringify(jwks))
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    onTestFinished(() => void http.close())
    const { port } = http.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/jwks`
    const text = await token({}, { key: privateKey, alg: 'ES256' }, { kid: '1' })
    const authenticate = jwtAuthenticator({ jwks: url, issuer, audience, clock: new ManualClock() })
    expect(await codeOf(authenticate(withToken(text)))).toBe('ERR_JOSE_GENERIC')
    there = true
    expect(await codeOf(authenticate(withToken(text)))).toBe('accepted')
  })
})

describe('where the token comes from', () => {
  const at = async (asked: Asked, token?: JwtOptions<{ name: string }>['token']): Promise<unknown> =>
    codeOf(jwtAuthenticator({ ...bySecret, ...(token === undefined ? {} : { token }) })(requestOf(asked)))

  test('passcode, Authorization of CONNECT and of the HTTP request, by default', async () => {
    const text = await token()
    expect(await at({ headers: { passcode: text } })).toBe('accepted')
    expect(await at({ headers: { Authorization: `Bearer ${text}` } })).toBe('accepted')
    expect(await at({ headers: { authorization: `bearer ${text}` } })).toBe('accepted')
    expect(await at({ http: { authorization: `Bearer ${text}` } })).toBe('accepted')
    expect(await at({ headers: { Authorization: text } })).toBe('authentication-failed')
    expect(await at({ headers: { login: text } })).toBe('authentication-failed')
    expect(await at({ http: { cookie: `token=${text}` } })).toBe('authentication-failed')
  })

  test('a cookie, when that is asked for', async () => {
    const text = await token()
    const cookies = [{ cookie: 'token' }] as const
    expect(await at({ http: { cookie: `a=b; token=${text}; c` } }, cookies)).toBe('accepted')
    expect(await at({ http: { cookie: `token="${text}"` } }, cookies)).toBe('accepted')
    expect(await at({ http: { cookie: `xtoken=${text}` } }, cookies)).toBe('authentication-failed')
    expect(await at({ headers: { passcode: text } }, cookies)).toBe('authentication-failed')
  })

  test('a place of one’s own', async () => {
    const text = await token()
    const token_ = [({ headers }: ConnectRequest) => headers.get('x-token')]
    expect(await at({ headers: { 'x-token': text } }, token_)).toBe('accepted')
  })

  test('the first that says one counts: a wrong one there is not made good by another', async () => {
    const text = await token()
    expect(await at({ headers: { Authorization: 'Bearer wrong', passcode: text } })).toBe(
      'authentication-failed',
    )
  })
})

test('the user is what the application makes of the claims', async () => {
  const authenticate = jwtAuthenticator<{ name: string; admin: boolean }>({
    ...bySecret,
    user: ({ sub, admin }) => Promise.resolve({ name: `${sub}`, admin: admin === true }),
  })
  const { user } = await authenticate(withToken(await token({ admin: true })))
  expect(user).toEqual({ name: 'ann', admin: true })
})

describe('options that would let anyone in are refused when the authenticator is made', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const options = { issuer, audience }
  test.each<[string, unknown]>([
    ['no key', options],
    ['two keys', { ...options, secret: SECRET, key: rsa }],
    ['a short secret', { ...options, secret: 'x'.repeat(31) }],
    ['a secret too short for HS512', { ...options, secret: 'x'.repeat(63), algorithms: ['HS512'] }],
    ['none', { ...options, secret: SECRET, algorithms: ['none'] }],
    ['no algorithms', { ...options, secret: SECRET, algorithms: [] }],
    ['an algorithm of public keys for a secret', { ...options, secret: SECRET, algorithms: ['RS256'] }],
    ['HMAC for a public key', { ...options, key: rsa, algorithms: ['RS256', 'HS256'] }],
    ['HMAC for a key set', { ...options, jwks: { keys: [] }, algorithms: ['HS256'] }],
    ['the algorithm of another key', { ...options, key: rsa, algorithms: ['ES256'] }],
    ['a shared key as public', { ...options, key: { kty: 'oct', k: 'eA' } }],
    ['a key set over HTTP', { ...options, jwks: 'http://login.example/jwks' }],
    ['no issuer', { secret: SECRET, audience }],
    ['no audience', { secret: SECRET, issuer, audience: [] }],
    ['a negative skew', { ...options, secret: SECRET, clockSkewSeconds: -1 }],
  ])('%s', (_, wrong) => {
    expect(() => jwtAuthenticator(wrong as JwtOptions<{ name: string }>)).toThrow(/./)
  })

  test('issuer and audience may be left out by name', async () => {
    const authenticate = jwtAuthenticator({ ...bySecret, issuer: false, audience: false })
    const text = await token({ iss: undefined, aud: undefined })
    expect(await codeOf(authenticate(withToken(text)))).toBe('accepted')
  })
})
