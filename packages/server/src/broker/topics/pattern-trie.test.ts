import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PatternTrie } from './pattern-trie.js'

/** What a pattern means, said as plainly as it goes. */
function matches(pattern: readonly string[], destination: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === '**') return true
  if (first === undefined || destination.length === 0) return pattern.length === destination.length
  const taken = first === '*' ? destination[0] !== '' : first === destination[0]
  return taken && matches(rest, destination.slice(1))
}

const literal: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'c', '', '***', 'a*')
const destination = fc.array(literal, { maxLength: 5 })
const pattern = fc
  .tuple(fc.array(fc.oneof(literal, fc.constant('*')), { maxLength: 5 }), fc.boolean())
  .map(([segments, open]) => (open ? segments.concat('**') : segments))
const path = (segments: readonly string[]): string => ['', ...segments].join('/')
const sorted = (found: readonly string[]): string[] => found.toSorted((a, b) => (a < b ? -1 : 1))

describe('a pattern trie', () => {
  test('finds exactly the patterns that match, after any comings and goings', () => {
    const change = fc.record({ add: fc.boolean(), which: fc.nat() })
    fc.assert(
      fc.property(
        fc.uniqueArray(pattern, { selector: path, minLength: 1, maxLength: 20 }),
        fc.array(change, { maxLength: 60 }),
        fc.array(destination, { minLength: 1, maxLength: 20 }),
        (patterns, changes, destinations) => {
          const trie = new PatternTrie<string>()
          const there = new Set<readonly string[]>()
          for (const { add, which } of changes) {
            const one = patterns[which % patterns.length]!
            if (add) trie.set(path(one), path(one))
            else trie.delete(path(one))
            if (add) there.add(one)
            else there.delete(one)
          }
          for (const one of patterns) expect(trie.get(path(one))).toBe(there.has(one) ? path(one) : undefined)
          for (const to of destinations) {
            const expected = [...there].filter((one) => matches(one, to)).map(path)
            expect(sorted(trie.match(path(to)))).toEqual(sorted(expected))
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['/topic/*', '/topic/a', true],
    ['/topic/*', '/topic', false],
    ['/topic/*', '/topic/', false],
    ['/topic/*', '/topic/a/b', false],
    ['/topic/*/b', '/topic/a/b', true],
    ['/topic/**', '/topic/a/b/c', true],
    ['/topic/**', '/topic', true],
    ['/topic/**', '/topical/a', false],
    ['/topic/a/**', '/topic/b', false],
  ])('%s and %s: %s', (one, to, expected) => {
    const trie = new PatternTrie<string>()
    trie.set(one, 'value')
    expect(trie.match(to)).toEqual(expected ? ['value'] : [])
  })

  test('a value that is set again replaces the one before', () => {
    const trie = new PatternTrie<number>()
    trie.set('/a/*', 1)
    trie.set('/a/*', 2)
    expect(trie.match('/a/b')).toEqual([2])
  })

  test('deleting what is not there, or only a part of what is, changes nothing', () => {
    const trie = new PatternTrie<number>()
    trie.set('/a/*/c', 1)
    trie.delete('/a/*')
    trie.delete('/a/*/c/d')
    trie.delete('/x')
    expect(trie.match('/a/b/c')).toEqual([1])
  })
})
