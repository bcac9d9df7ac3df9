import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

let program: string | undefined
let tried = false

/** Compiles the limit, once. `undefined` where that cannot be done. */
export function buildLimit(): string | undefined {
  if (tried) return program
  tried = true
  const source = fileURLToPath(new URL('../native/limit.c', import.meta.url))
  const built = join(mkdtempSync(join(tmpdir(), 'stomp-bench-')), 'limit')
  for (const compiler of ['cc', 'gcc', 'clang']) {
    const { status } = spawnSync(compiler, ['-O2', '-o', built, source], { stdio: 'ignore' })
    if (status === 0) return (program = built)
  }
  return undefined
}
