import { describe, expect, it } from 'vitest'
import { isOwnPage, tokenOf } from './cookie.js'

describe('isOwnPage', () => {
  it.each([
    [{ host: 'chat.example', origin: 'https://chat.example' }, true],
    [{ host: 'chat.example', origin: 'http://chat.example' }, true],
    [{ host: 'chat.example:443', origin: 'https://chat.example' }, true],
    [{ host: 'chat.example:8080', origin: 'http://chat.example:8080' }, true],
    [{ host: 'chat.example:8080', origin: 'http://chat.example' }, false],
    [{ host: 'chat.example', origin: 'https://chat.example.evil' }, false],
    [{ host: 'chat.example', origin: 'https://evil.chat.example' }, false],
    [{ host: 'chat.example', origin: 'null' }, false],
    [{ host: 'chat.example', origin: '' }, false],
    [{ origin: 'https://chat.example' }, false],
    [{ host: 'chat.example' }, true],
    [{ host: 'chat.example', 'sec-fetch-site': 'same-origin' }, true],
    [{ host: 'chat.example', 'sec-fetch-site': 'none' }, true],
    [{ host: 'chat.example', 'sec-fetch-site': 'same-site' }, false],
    [{ host: 'chat.example', 'sec-fetch-site': 'cross-site' }, false],
  ])('%j: %s', (headers, expected) => expect(isOwnPage(headers)).toBe(expected))
})

describe('tokenOf', () => {
  const host = 'chat.example'

  it('takes the cookie that only https can set before the other', () => {
    expect(tokenOf({ host, cookie: 'a=b; chat-session=plain' })).toBe('plain')
    expect(tokenOf({ host, cookie: 'chat-session=plain; __Host-chat-session=secure' })).toBe('secure')
    expect(tokenOf({ host, cookie: 'other=1' })).toBeUndefined()
    expect(tokenOf({ host })).toBeUndefined()
  })

  it('takes none from a page of another site', () => {
    expect(tokenOf({ host, cookie: 'chat-session=x', origin: 'https://evil.example' })).toBeUndefined()
  })
})
