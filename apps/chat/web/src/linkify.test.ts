import { describe, expect, it } from 'vitest'
import { linkify } from './linkify.js'

const links = (text: string): (string | undefined)[] =>
  linkify(text)
    .filter(({ href }) => href !== undefined)
    .map(({ href }) => href)

describe('linkify', () => {
  it('gives back every character of the text', () => {
    for (const text of [
      '',
      'a',
      'see https://a.kr/b, then (http://c.kr) or ftp://d.kr',
      'https://',
      'http:// x',
    ]) {
      expect(
        linkify(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text)
    }
  })

  it('links http and https only', () => {
    expect(links('http://a.kr https://b.kr HTTPS://C.kr')).toEqual([
      'http://a.kr',
      'https://b.kr',
      'HTTPS://C.kr',
    ])
    expect(
      links('javascript:alert(1) data:text/html,x ftp://a.kr file:///etc mailto:a@b.kr www.a.kr'),
    ).toEqual([])
    expect(links('javascript://https:alert(1) xhttps://a.kr')).toEqual([])
  })

  it.each([
    ['보세요: https://a.kr/b.', 'https://a.kr/b'],
    ['(https://a.kr/b)', 'https://a.kr/b'],
    ['(https://a.kr/b).', 'https://a.kr/b'],
    ['https://en.wikipedia.org/wiki/Stomp_(dance)', 'https://en.wikipedia.org/wiki/Stomp_(dance)'],
    ['"https://a.kr/?q=1&r=2#x"', 'https://a.kr/?q=1&r=2#x'],
    ['https://a.kr/b!!', 'https://a.kr/b'],
    ['『https://a.kr/b』', 'https://a.kr/b'],
    ['<https://a.kr/b>', 'https://a.kr/b'],
  ])('leaves what closes the sentence outside: %s', (text, address) => {
    expect(links(text)).toEqual([address])
  })

  it('leaves a particle outside, and takes Hangul that is a part of the address', () => {
    expect(links('https://a.kr에서 봐요')).toEqual(['https://a.kr'])
    expect(links('https://a.kr/b를 보세요')).toEqual(['https://a.kr/b'])
    expect(links('https://ko.wikipedia.org/wiki/한국')).toEqual(['https://ko.wikipedia.org/wiki/한국'])
    expect(links('https://a.kr/?q=점심')).toEqual(['https://a.kr/?q=점심'])
  })

  it('does not link what is no address', () => {
    expect(links('https:// http://. https://[')).toEqual([])
  })

  it('takes time in proportion to the text', () => {
    // With its square these would take longer than a test may.
    const many = 50_000
    expect(links('https://a.kr/'.repeat(many))).toHaveLength(1)
    for (const end of [')', ']', '!', ')!']) {
      expect(links(`https://a.kr/${end.repeat(many)}`)).toEqual(['https://a.kr/'])
    }
  })
})
