import { describe, expect, test } from 'vitest'
import { bareWire } from '../transport/bare-wire.js'
import type { Wire } from '../wire.js'
import { Link } from './chain.js'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer]
const written = (link: Link): string => Buffer.from(link.joined(bareWire)).toString()

describe('a link of the chain', () => {
  test('is the sequence from the root to it', () => {
    const link = Link.root().next(a).next(b).own(c).next(d)
    expect(link.elements()).toEqual([a, b, c, d])
    expect(link.length).toBe(4)
    expect(written(link)).toBe('abcd')
  })

  test('the root is the empty sequence', () => {
    expect(Link.root().length).toBe(0)
    expect(Link.root().elements()).toEqual([])
  })

  test('is the same for the same elements in the same order', () => {
    const root = Link.root()
    expect(root.next(a).next(b)).toBe(root.next(a).next(b))
  })

  test('is another for another order, another element, or equal bytes in another array', () => {
    const root = Link.root()
    const link = root.next(a).next(b)
    expect(root.next(b).next(a)).not.toBe(link)
    expect(root.next(a).next(c)).not.toBe(link)
    expect(root.next(a).next(Buffer.from('b'))).not.toBe(link)
  })

  test('finds each of its children again, however many there are and in whatever order they are asked for', () => {
    const root = Link.root()
    const elements = Array.from({ length: 50 }, (_, i) => Uint8Array.of(i))
    const children = elements.map((element) => root.next(element))
    expect(new Set(children).size).toBe(50)
    for (const i of [0, 49, 7, 7, 0, 25]) expect(root.next(elements[i]!)).toBe(children[i])
  })

  test('for one session alone is never found by another', () => {
    const root = Link.root()
    const own = root.own(a)
    expect(root.own(a)).not.toBe(own)
    expect(root.next(a)).not.toBe(own)
    expect(written(own.next(b))).toBe('ab')
  })

  test('joins its bytes once: who stands on it writes the very same array', () => {
    let joins = 0
    const wire: Wire = {
      ...bareWire,
      batch(elements, bytes) {
        joins++
        expect(bytes).toBe(3)
        return bareWire.batch(elements, bytes)
      },
    }
    const link = Link.root().next(a).next(b).next(c)
    expect(link.joined(wire)).toBe(link.joined(wire))
    expect(joins).toBe(1)
  })

  test('of one element is written as that array, without a copy', () => {
    expect(Link.root().next(a).joined(bareWire)).toBe(a)
  })

  test('still knows its sequence after its root has let go of it', () => {
    const root = Link.root()
    const link = root.next(a).next(b)
    root.clear()
    expect(written(link.next(c))).toBe('abc')
    expect(root.next(a).next(b)).not.toBe(link)
  })
})
