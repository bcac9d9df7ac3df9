import { utf8Decode, utf8Encode } from '@stomping-ground/codec'
import { expect, test } from 'vitest'
import { bareWire } from './bare-wire.js'

test('STOMP 1.2 "Augmented BNF": a line end follows each frame, for clients that read one without looking', () => {
  const one = bareWire.element('RECEIPT\nreceipt-id:1\n', utf8Encode('\n\0'), true)
  const other = bareWire.element('MESSAGE\ncontent-length:2\n', utf8Encode('\nhi\0'), true)
  const batch = bareWire.batch([one, other], one.length + other.length)
  expect(utf8Decode(batch)).toBe('RECEIPT\nreceipt-id:1\n\n\0\nMESSAGE\ncontent-length:2\n\nhi\0\n')
})
