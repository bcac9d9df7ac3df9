import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { moduleOf, snippetsOf } from './snippets.js'

const ROOT = new URL('..', import.meta.url).pathname
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const markdown = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !/node_modules|dist/.test(path))
    .map((path) => join(folder, path))
const PAGES = ['README.md', ...markdown('docs'), ...markdown('examples'), ...markdown('packages')]

/** What the compiler says of files below `tools/.docs`, as lines of the pages. */
function compiled(files: Readonly<Record<string, string>>): string[] {
  const folder = join(ROOT, 'tools/.docs')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, code] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), code)
  }
  const compilerOptions = {
    noEmit: true,
    composite: false,
    declarationMap: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
    types: ['node'],
  }
  const config = { extends: '../../tsconfig.base.json', compilerOptions, files: Object.keys(files) }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  try {
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', '.', '--pretty', 'false'], { cwd: folder })
    return []
  } catch (error) {
    return String((error as { stdout: Buffer }).stdout)
      .trim()
      .split('\n')
  }
}

test('every block of TypeScript in README and docs compiles', () => {
  const pages = PAGES.filter((path) => snippetsOf(read(path)).some(({ file }) => file === undefined))
  expect(pages.length).toBeGreaterThan(3)
  const files = Object.fromEntries(pages.map((path) => [`${path}.ts`, moduleOf(read(path))]))
  expect(compiled(files)).toEqual([])
})

test('a mistake in a block is found, by its line in the page', () => {
  const page =
    "# Page\n\n```ts\nimport { once } from 'node:events'\nconst a = 1\n```\n\n```ts\nconst a = once.nothing\n```\n"
  expect(compiled({ 'page.md.ts': moduleOf(page) })).toEqual([
    expect.stringMatching(/^page\.md\.ts\(9,16\): error TS2339/),
  ])
})

test('a block that says of which file it is a part is one', () => {
  const wrong = PAGES.flatMap((path) =>
    snippetsOf(read(path)).flatMap(({ code, file, line }) =>
      file === undefined || read(file).includes(code) ? [] : [`${path}(${line}) is not in ${file}`],
    ),
  )
  expect(wrong).toEqual([])
})

test.each(PAGES)('%s: what it links to in the repository is there', (path) => {
  const targets = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!)
  const missing = targets.filter(
    (target) => !/^[a-z]+:/.test(target) && !existsSync(join(ROOT, dirname(path), target)),
  )
  expect(missing).toEqual([])
})

test('docs/README.md names every page', () => {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  const named = new Set([...read('docs/README.md').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name))
  expect(pages.filter((page) => !named.has(page))).toEqual([])
})

test('the README has the table of conformance/matrix.md', () => {
  const [, table] = /^<!-- the table of conformance\/matrix\.md -->\n\n([^]*?)\n\n/m.exec(read('README.md'))!
  expect(read('conformance/matrix.md')).toContain(`${table}\n\n`)
  expect(table).toContain('| 300 kB')
})
