import { expect, test } from 'vitest'
import { sharedId } from './shared-ids.js'

test('an id is itself, whether it is remembered or not', () => {
  for (let i = 0; i < 3_000; i++) expect(sharedId(`sub-${i}`)).toBe(`sub-${i}`)
  expect(sharedId('x'.repeat(100))).toBe('x'.repeat(100))
})
