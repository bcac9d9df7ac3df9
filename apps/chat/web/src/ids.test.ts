import { expect, it } from 'vitest'
import { BOUNDS } from '../../contract/index.js'
import { newId } from './ids.js'

it('makes ids that the server takes, with and without a secure context', () => {
  const plain = { getRandomValues: crypto.getRandomValues.bind(crypto) }
  for (const id of [newId(), newId(plain)]) {
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(id.length).toBeLessThanOrEqual(BOUNDS.messageId)
  }
  expect(newId(plain)).not.toBe(newId(plain))
})
