import { describe, expect, test } from 'vitest'
import { StompHeaders, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import { Delivery, UNNAMED } from './delivery.js'
import { bareWire } from './transport/bare-wire.js'
import { websocketWire } from './transport/websocket-wire.js'
import { formatOf } from './wire.js'
import type { Wire } from './wire.js'

const message = (headers: string[] = [], body: Uint8Array | string = 'hi') => ({
  destination: '/topic/a',
  headers: new StompHeaders(headers),
  body: typeof body === 'string' ? utf8Encode(body) : body,
})
const bare = formatOf(bareWire, '1.2')

describe('the element of a delivery', () => {
  test('is the MESSAGE frame of the subscription', () => {
    const delivery = new Delivery(message(['content-type', 'text/plain', 'k', 'v']), 'm-1')
    expect(utf8Decode(delivery.element(bare, 'sub-0'))).toBe(
      'MESSAGE\nsubscription:sub-0\nmessage-id:m-1\ndestination:/topic/a\ncontent-length:2\n' +
        'content-type:text/plain\nk:v\n\nhi\0\n',
    )
  })

  test('has no content-length where there is no body', () => {
    const delivery = new Delivery(message([], ''), 'm-1')
    expect(utf8Decode(delivery.element(bare, '0'))).toBe(
      'MESSAGE\nsubscription:0\nmessage-id:m-1\ndestination:/topic/a\n\n\0\n',
    )
  })

  test('STOMP 1.0 "MESSAGE": names no subscription where the client gave it no id', () => {
    const delivery = new Delivery(message(), 'm-1')
    const element = delivery.element(formatOf(bareWire, '1.0'), `${UNNAMED}/topic/a`)
    expect(utf8Decode(element)).toBe(
      'MESSAGE\nmessage-id:m-1\ndestination:/topic/a\ncontent-length:2\n\nhi\0\n',
    )
  })

  test('is the same array for the same format and id, however the askers alternate', () => {
    const delivery = new Delivery(message(), 'm-1')
    const formats = (['1.0', '1.1', '1.2'] as const).flatMap((version) => [
      formatOf(bareWire, version),
      formatOf(websocketWire, version),
    ])
    const asked = formats.flatMap((format) => ['0', '1'].map((id) => ({ format, id })))
    const first = asked.map(({ format, id }) => delivery.element(format, id))
    expect(new Set(first).size).toBe(12)
    for (const [i, { format, id }] of asked.entries()) expect(delivery.element(format, id)).toBe(first[i])
    for (const i of [7, 0, 7, 11, 0, 3]) {
      expect(delivery.element(asked[i]!.format, asked[i]!.id)).toBe(first[i])
    }
  })

  test('is encoded once for a fan-out of a thousand', () => {
    let encodings = 0
    const counting: Wire = {
      ...bareWire,
      element(head, tail, text) {
        encodings++
        return bareWire.element(head, tail, text)
      },
    }
    const format = formatOf(counting, '1.2')
    const delivery = new Delivery(message(), 'm-1')
    for (let i = 0; i < 1000; i++) delivery.element(format, `sub-${i % 2}`)
    expect(encodings).toBe(2)
  })

  test('past 64 ids is encoded anew, and right; the first 64 are remembered', () => {
    const delivery = new Delivery(message(), 'm-1')
    const ids = Array.from({ length: 100 }, (_, i) => `sub-${i}`)
    const first = ids.map((id) => delivery.element(bare, id))
    const again = ids.map((id) => delivery.element(bare, id))
    expect(again).toEqual(first)
    expect(again.filter((element, i) => element === first[i])).toHaveLength(64)
    for (const [i, element] of again.entries())
      expect(utf8Decode(element)).toContain(`subscription:sub-${i}\n`)
  })

  test('escapes ids and headers as the version does', () => {
    const delivery = new Delivery(message(['k', 'a:b']), 'm-1')
    expect(utf8Decode(delivery.element(bare, 'x:y'))).toContain('subscription:x\\cy\n')
    expect(utf8Decode(delivery.element(formatOf(bareWire, '1.0'), 'x:y'))).toContain('subscription:x:y\n')
    expect(utf8Decode(delivery.element(formatOf(bareWire, '1.0'), 'x:y'))).toContain('k:a:b\n')
  })

  test('tells the wire whether the body is text', () => {
    expect(new Delivery(message([], '한글'), 'm').text).toBe(true)
    expect(new Delivery(message([], Uint8Array.of(0xff)), 'm').text).toBe(false)
  })
})

describe('a format', () => {
  test('is one object for each wire and version', () => {
    expect(formatOf(bareWire, '1.2')).toBe(formatOf(bareWire, '1.2'))
    expect(formatOf(bareWire, '1.1')).not.toBe(formatOf(bareWire, '1.2'))
    expect(formatOf(websocketWire, '1.2')).not.toBe(formatOf(bareWire, '1.2'))
  })
})
