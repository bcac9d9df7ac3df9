import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documents } from './results.js'

test('the README, the page of results and the chart show what was measured last', () => {
  const wanted = documents()
  const there = Object.fromEntries(Object.keys(wanted).map((path) => [path, readFileSync(path, 'utf8')]))
  expect(there).toEqual(wanted)
})
