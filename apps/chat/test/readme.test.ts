import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CHAT_ERRORS } from '../contract/index.js'
import { OPTIONS } from '../server/config.js'
import { CHAT_LIMITS } from '../server/limits.js'

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test('the README lists every environment variable with its default', () => {
  const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)` +\| +(?:`([^`]*)`)? *\|/gm)]
  const listed = Object.fromEntries(rows.map(([, name, fallback]) => [name, fallback ?? '']))
  expect(listed).toEqual(
    Object.fromEntries(Object.entries(OPTIONS).map(([name, { fallback }]) => [name, fallback])),
  )
})

test("the README's table of clients is the one that the run wrote", () => {
  const table = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => /^\|.*(stomp\.py|TCP|✓)/.test(line))
      .map((line) => line.replaceAll(/ +/g, ' '))
  const clients = read('README.md').split('## Clients')[1]!.split('\n## ')[0]!
  expect(table(clients)).toEqual(table(read('conformance/matrix.md').split('\n\n')[0]!))
  expect(table(clients).length).toBeGreaterThan(20)
})

test('docs/chat.md lists every refusal and every limit of the chat', () => {
  const [, refusals, limits] = read('docs/chat.md').split(/^## (?:Refusals|Limits)$/m)
  const first = (table = ''): string[] => [...table.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name!)
  expect(first(refusals)).toEqual(Object.keys(CHAT_ERRORS))
  const rows = [...(limits ?? '').matchAll(/^\| `(\w+)` +\| +([\d,]+) \|/gm)]
  expect(
    Object.fromEntries(rows.map(([, name, value]) => [name, Number(value!.replaceAll(',', ''))])),
  ).toEqual(CHAT_LIMITS)
})
