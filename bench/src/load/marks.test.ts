import { expect, test } from 'vitest'
import { MarkCounter, ROOM_BEHIND, bodyOf, numberAt } from './marks.js'

const message = (number: number, around: number): Buffer =>
  Buffer.concat([
    Buffer.from([0x81, 0x7e, 0, 200]),
    Buffer.alloc(around, 'h'),
    bodyOf(number, 64),
    Buffer.of(0),
  ])

function counted(stream: Buffer, cuts: readonly number[]): number {
  const counter = new MarkCounter()
  const seen = { split: false }
  let found = 0
  for (const [i, from] of [0, ...cuts].entries()) {
    const chunk = stream.subarray(from, cuts[i] ?? stream.length)
    const bytes = Buffer.alloc(chunk.length + ROOM_BEHIND)
    bytes.set(chunk)
    if (chunk.length > 0) found += counter.count(seen, bytes, chunk.length)
  }
  return found
}

test('counts every message once, wherever the stream is cut', () => {
  const stream = Buffer.concat([0, 3, 3, 3, 40, 3, 3, 0, 0, 90, 3].map((around, i) => message(i, around)))
  for (let cut = 1; cut < stream.length; cut++) expect(counted(stream, [cut])).toBe(11)
  for (let cut = 2; cut < stream.length; cut++) expect(counted(stream, [cut - 1, cut])).toBe(11)
})

test('tells the number of each body that is whole', () => {
  const bytes = Buffer.concat([message(7, 5), message(1234567, 5), Buffer.alloc(ROOM_BEHIND)])
  const numbers: number[] = []
  new MarkCounter().count({ split: false }, bytes, bytes.length - ROOM_BEHIND, (mark) => {
    numbers.push(numberAt(bytes, mark, bytes.length - ROOM_BEHIND))
  })
  expect(numbers).toEqual([7, 1234567])
  expect(numberAt(bytes, 9, 12)).toBe(-1)
})
