import { describe, expect, test } from 'vitest'
import { newSession, serveSockJs } from '../../../test/sockjs.js'
import { quote } from './quote.js'
import { WIRES } from './wires.js'

/** All characters of these ranges, escaped, as one JSON string. */
function escaped(...ranges: readonly (readonly [from: number, to: number])[]): string {
  let text = ''
  for (const [from, to] of ranges) {
    for (let code = from; code <= to; code++) text += `\\u${code.toString(16).padStart(4, '0')}`
  }
  return `"${text}"`
}

describe('sockjs-protocol "JSON Unicode Encoding"', () => {
  test('what browsers change on its way leaves the server escaped', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    const all = escaped([0x200c, 0x200f], [0x2028, 0x202f], [0x2060, 0x206f], [0xfff0, 0xffff])
    await post(`${session}/xhr_send`, `["${JSON.parse(all) as string}"]`)
    expect((await post(`${session}/xhr`)).body).toBe(`a[${all}]\n`)
  })

  test('what clients escape is decoded', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    // The blocks that hold all that the client escapes.
    const all = escaped([0, 0x9f], [0xad, 0xad], [0x300, 0x95f], [0x1900, 0x302c], [0xf900, 0xffff])
    await post(`${session}/xhr_send`, `[${all}]`)
    const { body } = await post(`${session}/xhr`)
    expect(JSON.parse(body.slice(1))).toEqual([JSON.parse(all)])
  })

  test('every character comes back as it was, in pairs of surrogates too', () => {
    const message = Array.from({ length: 0xd800 }, (_, i) => String.fromCharCode(i)).join('')
    for (const text of [message, '\ue000\uffff', '한글 😀\u{10ffff}'])
      expect(JSON.parse(quote(text))).toBe(text)
    expect(quote('😀')).toBe(String.raw`"\ud83d\ude00"`)
  })

  test('half a pair is replaced: messages are bytes of UTF-8 in between', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    await post(`${session}/xhr_send`, String.raw`["\ud83d"]`)
    expect((await post(`${session}/xhr`)).body).toBe(String.raw`a["\ufffd"]` + '\n')
  })
})

describe('the wires', () => {
  test('each has a heart-beat of its own, by which the shared chain tells them apart', () => {
    const heartbeats = Object.values(WIRES).map(({ heartbeat }) => heartbeat)
    expect(new Set(heartbeats).size).toBe(heartbeats.length)
  })

  test('an element is the whole frame as one string', () => {
    const body = Buffer.from('\n한\0')
    expect(String(WIRES.xhr_streaming.element('MESSAGE\n', body, true))).toBe(
      String.raw`"MESSAGE\n\n한\u0000"`,
    )
    // The tail may lie anywhere in its buffer.
    const view = Buffer.from('xx\n\0xx').subarray(2, 4)
    expect(String(WIRES.websocket.element('A\n', view, true))).toBe(String.raw`"A\n\n\u0000"`)
  })
})
