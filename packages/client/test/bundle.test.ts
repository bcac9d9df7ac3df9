import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, it } from 'vitest'

interface Chunk {
  readonly code: string
  readonly imports: readonly string[]
  readonly modules: Readonly<Record<string, unknown>>
}

it('is small in a page, has nothing of Node, and nothing of the server', async () => {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['source', 'browser', 'import'] },
    build: {
      write: false,
      minify: true,
      lib: { entry: fileURLToPath(new URL('../src/index.ts', import.meta.url)), formats: ['es'] },
    },
  })
  const [{ output }] = built as unknown as [{ output: [Chunk] }]
  const [{ code, imports, modules }] = output
  expect(imports).toEqual([])
  expect(code).not.toMatch(/from ?["']node:|require\(/)
  expect(Object.keys(modules).filter((name) => /packages\/(server|codec)/.test(name))).toEqual([])
  expect(gzipSync(code).length).toBeLessThan(16_400)
})
