import { expect, test } from 'vitest'
import { StompHeaders } from './index.js'

test('get gives the first value of a name and distinguishes case', () => {
  const headers = new StompHeaders(['a', '1', 'a', '2', 'A', '3'])
  expect([headers.get('a'), headers.get('A'), headers.get('1'), headers.has('b')]).toEqual([
    '1',
    '3',
    undefined,
    false,
  ])
  expect(headers.size).toBe(3)
})

test('from leaves out what is undefined and keeps what is empty', () => {
  expect(StompHeaders.from({ a: '1', b: undefined, c: '' }).flat).toEqual(['a', '1', 'c', ''])
})

test('toObject holds the first value of each name', () => {
  expect(new StompHeaders(['a', '1', 'b', '2', 'a', '3']).toObject()).toEqual({ a: '1', b: '2' })
})

test('toObject holds names that every object has, as values of its own', () => {
  const object = new StompHeaders(['constructor', 'a', '__proto__', 'b']).toObject()
  expect(Object.entries(object)).toEqual([
    ['constructor', 'a'],
    ['__proto__', 'b'],
  ])
})
