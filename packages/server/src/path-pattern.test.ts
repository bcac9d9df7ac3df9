import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PathPattern, isWildcard } from './path-pattern.js'

describe('a path pattern', () => {
  test.each([
    ['/a', '/a', {}],
    ['/a', '/b', undefined],
    ['/a', '/a/', undefined],
    ['/a', 'a', undefined],
    ['/', '/', {}],
    ['/{x}', '/1', { x: '1' }],
    ['/{x}', '/', undefined],
    ['/{x}', '1', undefined],
    ['/{x}', '/1/2', undefined],
    ['/rooms/{room}/by/{user}', '/rooms/7/by/ann', { room: '7', user: 'ann' }],
    ['/rooms/{room}/by/{user}', '/rooms/7/to/ann', undefined],
    ['/{room-id}', '/a b:c', { 'room-id': 'a b:c' }],
    ['/*/a', '/x/a', {}],
    ['/*/a', '//a', undefined],
    ['/a/**', '/a', {}],
    ['/a/**', '/a/', {}],
    ['/a/**', '/a/b/c', {}],
    ['/a/**', '/ab', undefined],
    ['/**', '/', {}],
    ['/**', '/a/b', {}],
    ['/**', 'a', undefined],
    ['/{x}/**', '/1/2/3', { x: '1' }],
    ['/{x}/**', '/1', { x: '1' }],
    ['/{x}/a/**', '/1', undefined],
  ])('%s of %s gives %j', (pattern, path, values) => {
    expect(new PathPattern(pattern).match(path)).toEqual(values)
  })

  test.each([
    ['/{x}', '/*', undefined],
    ['/{x}', '/**', undefined],
    ['/*', '/*', {}],
    ['/*', '/**', undefined],
    ['/a/*', '/a/**', undefined],
    ['/**', '/*', {}],
    ['/**', '/**', {}],
    ['/a/**', '/a/*', {}],
    ['/a/**', '/**', undefined],
    ['/a/b/**', '/a/**', undefined],
    ['/a/b/**', '/a/*/**', undefined],
    ['/a', '/*', undefined],
  ])('%s covers a subscription to %s only whole: %j', (pattern, path, values) => {
    expect(new PathPattern(pattern).match(path)).toEqual(values)
  })

  test.each([
    'a',
    '',
    '/**/a',
    '/a*',
    '/***',
    '/{a',
    '/a}',
    '/{}',
    '/x{a}',
    '/{a}{b}',
    '/{{a}}',
    '/{a}/{a}',
    '/{a}/**/{b}',
  ])('%j is none', (source) => {
    expect(() => new PathPattern(source)).toThrow(TypeError)
  })

  test('knows its variables, whether it is literal, and its shape', () => {
    const pattern = new PathPattern('/rooms/{room}/{part}')
    expect(pattern.names).toEqual(['room', 'part'])
    expect(pattern.literal).toBe(false)
    expect(pattern.shape).toBe(new PathPattern('/rooms/{a}/{b}').shape)
    expect(pattern.shape).not.toBe(new PathPattern('/rooms/{a}/*').shape)
    expect(new PathPattern('/rooms').literal).toBe(true)
    expect(new PathPattern('/rooms/*').literal).toBe(false)
    expect(new PathPattern('/rooms/**').literal).toBe(false)
  })

  test.each([
    ['/a/{x}', '/a/*', true],
    ['/a/{x}', '/**', true],
    ['/a/{x}', '/a/**', true],
    ['/a/{x}', '/b/**', false],
    ['/a/{x}', '/a/*/c', false],
    ['/a/{x}/c', '/*/b/*', true],
    ['/a/{x}/c', '/*/b/d', false],
    ['/a/**', '/*', true],
    ['/a/**', '/b/**', false],
    ['/a', '/a/**', true],
    ['/a', '/a/*', false],
    ['/a/b', '/a/*', true],
    ['/a/', '/a/*', false],
  ])('%s meets a subscription to %s: %s', (pattern, subscription, meets) => {
    expect(new PathPattern(pattern).meets(subscription)).toBe(meets)
  })

  const segment = fc.constantFrom('a', 'b', '', 'c')
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`)
  const patternOf = (...wild: string[]) =>
    fc
      .tuple(fc.array(fc.constantFrom('a', 'b', '', ...wild), { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([segments, open]) => `/${(open ? segments.concat('**') : segments).join('/')}`)

  test('covers a subscription only where it matches every path of it, and meets it where it matches one', () => {
    fc.assert(
      fc.property(patternOf('*'), patternOf('*'), path, (source, subscription, to) => {
        const pattern = new PathPattern(source)
        fc.pre(new PathPattern(subscription).match(to) !== undefined)
        const matches = pattern.match(to) !== undefined
        const covers = pattern.match(subscription) !== undefined
        expect({ coversTooMuch: covers && !matches }).toEqual({ coversTooMuch: false })
        expect({ missed: matches && !pattern.meets(subscription) }).toEqual({ missed: false })
      }),
      { numRuns: 1000 },
    )
  })
})

describe('filling a path pattern', () => {
  const pattern = new PathPattern('/topic/rooms/{room}/{part}')
  const fill = pattern.fill.bind(pattern)

  test('puts the values in, as they are', () => {
    expect(fill({ room: '$& 한글', part: 'a.b:c' })).toBe('/topic/rooms/$& 한글/a.b:c')
  })

  test.each([undefined, '', 'a/b', '*', '**', 'a*', '{a}', 'a\nb', 'a\0', '\u007f'])(
    'with %j for a segment throws',
    (room) => {
      const values = { room, part: 'x' } as Record<string, string>
      expect(() => fill(values)).toThrow(/^\{room\} cannot be/)
    },
  )

  test('and matching it gives the values back', () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !/[/*{}]/.test(text))
    fc.assert(
      fc.property(value, value, (room, part) => {
        expect(pattern.match(fill({ room, part }))).toEqual({ room, part })
      }),
    )
  })
})

describe('a wildcard destination', () => {
  test.each([
    ['/topic/*', true],
    ['/topic/**', true],
    ['/topic/*/a', true],
    ['/topic/a*', false],
    ['/topic/***', false],
    ['/topic/a', false],
  ])('%s: %s', (destination, wildcard) => {
    expect(isWildcard(destination)).toBe(wildcard)
  })
})
