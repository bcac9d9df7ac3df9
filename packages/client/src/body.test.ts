import { expect, it } from 'vitest'
import { decodeBody, encodeBody, octets } from './body.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

it('encodes JSON, bytes and nothing', () => {
  expect(encodeBody({ a: 1 })).toEqual({ body: '{"a":1}', contentType: 'application/json' })
  expect(encodeBody('text')).toEqual({ body: '"text"', contentType: 'application/json' })
  expect(encodeBody(null)).toEqual({ body: 'null', contentType: 'application/json' })
  expect(encodeBody(bytes('x'))).toEqual({ body: bytes('x'), contentType: 'application/octet-stream' })
  expect(encodeBody(undefined)).toEqual({ body: '', contentType: undefined })
})

it('decodes what the content type says', () => {
  expect(decodeBody(bytes('{"a":1}'), 'application/json;charset=utf-8')).toEqual({ a: 1 })
  expect(decodeBody(bytes('[1]'), 'application/vnd.x+json')).toEqual([1])
  expect(decodeBody(bytes('[1]'), 'text/plain')).toBe('[1]')
  expect(decodeBody(bytes('[1]'), 'image/png')).toEqual(bytes('[1]'))
})

it('without a content type decodes JSON where it is that, text where it is not, nothing where there is nothing', () => {
  expect(decodeBody(bytes('{"a":1}'), undefined)).toEqual({ a: 1 })
  expect(decodeBody(bytes('안녕'), undefined)).toBe('안녕')
  expect(decodeBody(bytes(''), undefined)).toBeUndefined()
})

it('refuses what is not what its content type says', () => {
  for (const [body, type] of [
    [bytes('{'), 'application/json'],
    [bytes(''), 'application/json'],
    [new Uint8Array([0xff]), 'text/plain'],
  ] as const) {
    expect(() => decodeBody(body, type)).toThrow(expect.objectContaining({ code: 'body-malformed' }))
  }
})

it('counts octets of UTF-8', () => {
  for (const text of ['', 'abc', 'é', '안녕', '😀', 'a😀é안']) expect(octets(text)).toBe(bytes(text).length)
})
