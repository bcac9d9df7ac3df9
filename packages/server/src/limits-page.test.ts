import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from './limits.js'

test('docs/limits.md lists every limit with its default', () => {
  const page = readFileSync(new URL('../../../docs/limits.md', import.meta.url), 'utf8')
  const [ofServer] = page.split('The embedded broker has bounds of its own')
  const rows = [...ofServer!.matchAll(/^\| `(\w+)` +\| +([\d,]+) \|/gm)]
  const listed = Object.fromEntries(rows.map(([, name, value]) => [name, Number(value!.replaceAll(',', ''))]))
  expect(listed).toEqual(DEFAULT_LIMITS)
})
