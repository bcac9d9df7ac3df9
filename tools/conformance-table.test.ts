import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { testTitles } from './test-titles.js'

const ROOT = new URL('..', import.meta.url).pathname
const TABLE = `${ROOT}docs/conformance.md`

interface Row {
  readonly id: string
  readonly level: string
  readonly text: string
  readonly shownBy: string
}

/** The rows of all tables in the page: `| id | level | what it says | shown by |`. */
function rowsOf(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| 1\.[012]-/.test(line))
    .map((line) => {
      const cells = line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|'))
      if (cells.length !== 4) throw new Error(`Not four cells: ${line}`)
      const [id, level, text, shownBy] = cells as [string, string, string, string]
      return { id, level, text, shownBy }
    })
}

const rows = rowsOf(readFileSync(TABLE, 'utf8'))
const LEVELS = new Set(['MUST', 'MUST NOT', 'REQUIRED', 'SHOULD', 'MAY', 'OPTIONAL', 'says'])
const titlesOf = new Map<string, Set<string>>()

/** `session/connect: title` is a test of packages/server/src/session/connect.test.ts; `codec: ...` of packages/codec. */
function problemOf(citation: string): string | undefined {
  const [, place, title] = /^([^:]+): (.+)$/.exec(citation) ?? []
  if (place === undefined || title === undefined) return `no citation: ${citation}`
  const path = place.startsWith('codec/')
    ? `packages/codec/src/${place.slice('codec/'.length)}`
    : `packages/server/src/${place}`
  const file = [`${ROOT}${path}.test.ts`, `${ROOT}${path}.ts`].find((one) => existsSync(one))
  if (file === undefined) return `no such file: ${place}`
  const titles = titlesOf.get(file) ?? testTitles(file)
  titlesOf.set(file, titles)
  return titles.has(title) ? undefined : `no such test in ${place}: ${title}`
}

test('every clause of the three specifications has a row of its own', () => {
  const ids = rows.map(({ id }) => id)
  expect(ids.length).toBeGreaterThanOrEqual(240)
  // Numbers run from 1 within a section, so that a lost row is seen.
  const counts = new Map<string, number>()
  const expected = ids.map((id) => {
    const section = id.replace(/-\d+$/, '')
    counts.set(section, (counts.get(section) ?? 0) + 1)
    return `${section}-${counts.get(section)}`
  })
  expect(ids).toEqual(expected)
  expect(rows.filter(({ level }) => !LEVELS.has(level))).toEqual([])
})

test('every row that concerns a server names tests, and all of them exist', () => {
  const problems = rows.flatMap(({ id, shownBy }) =>
    shownBy === 'client'
      ? []
      : shownBy.split('<br>').flatMap((citation) => {
          const problem = problemOf(citation.trim().replace(/^`(.*)`$/, '$1'))
          return problem === undefined ? [] : [`${id}: ${problem}`]
        }),
  )
  expect(problems).toEqual([])
})

test('what names no file, or no test in it, is found', () => {
  expect(problemOf('session/acks')).toBe('no citation: session/acks')
  expect(problemOf('session/none: a test')).toBe('no such file: session/none')
  expect(problemOf('session/acks: none')).toBe('no such test in session/acks: none')
  expect(problemOf('session/acks: STOMP 1.0 has no NACK')).toBeUndefined()
})
