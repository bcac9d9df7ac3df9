import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { wrote } from './connection.js'

/** A stream with a mark of ten bytes that hands what is written on at once, or keeps it. */
function stream(atOnce: boolean): Writable {
  return new Writable({
    highWaterMark: 10,
    write(_chunk, _encoding, taken) {
      if (atOnce) taken()
    },
  })
}

test.each([9, 10, 11, 100_000])('a write of %d bytes that is taken at once is no congestion', (bytes) => {
  expect(wrote(stream(true), new Uint8Array(bytes))).toBe(true)
})

test('what is not taken at once is congestion from the mark on', () => {
  expect(wrote(stream(false), new Uint8Array(9))).toBe(true)
  expect(wrote(stream(false), new Uint8Array(10))).toBe(false)
})
