import { describe, expect, test } from 'vitest'
import { websocketWire } from './websocket-wire.js'

const HEAD = 'MESSAGE\n'
/** An element whose payload has this many bytes. */
const elementOf = (payload: number, text = true): Buffer =>
  Buffer.from(websocketWire.element(HEAD, Buffer.alloc(payload - HEAD.length, 'x'), text))

describe('RFC 6455 section 5.2: the frame of an element', () => {
  test.each([
    [8, '8108'],
    [125, '817d'],
    [126, '817e007e'],
    [65_535, '817effff'],
    [65_536, '817f0000000000010000'],
  ])('of %d bytes begins with %s, the shortest form of its length', (payload, hex) => {
    const element = elementOf(payload)
    const header = hex.length / 2
    expect(element.subarray(0, header).toString('hex')).toBe(hex)
    expect(element).toHaveLength(header + payload)
    expect(element.subarray(header, header + HEAD.length).toString()).toBe(HEAD)
  })

  test('is text or binary', () => {
    expect(elementOf(10, true)[0]).toBe(0x81)
    expect(elementOf(10, false)[0]).toBe(0x82)
  })

  test('counts octets, not characters', () => {
    const element = Buffer.from(websocketWire.element('한글\n', Buffer.of(10, 0), true))
    expect(element.toString('hex')).toBe(`8109${Buffer.from('한글\n').toString('hex')}0a00`)
  })

  test('a heart-beat is a text frame of one LF', () => {
    expect(Buffer.from(websocketWire.heartbeat).toString('hex')).toBe('81010a')
  })

  test('a batch is one frame after the other', () => {
    const [one, other] = [elementOf(8), elementOf(9)]
    expect(websocketWire.batch([one, other], one.length + other.length)).toEqual(Buffer.concat([one, other]))
    expect(websocketWire.batch([one], one.length)).toBe(one)
  })
})
