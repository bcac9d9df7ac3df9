import { readFile } from 'node:fs/promises'
import { CLIENT_ERRORS } from '../src/index.js'
import { expect, it } from 'vitest'

it('docs/client.md lists exactly the codes with which the client refuses', async () => {
  const page = await readFile(new URL('../../../docs/client.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf('| code '), page.indexOf('or with the reason of its `signal`'))
  const listed = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code)
  expect(new Set(listed)).toEqual(new Set(Object.keys(CLIENT_ERRORS)))
})
