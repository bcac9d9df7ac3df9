import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests read the workspaces' sources through the same `exports` that users read, under the condition `source`.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    include: ['{packages,apps,examples,conformance,bench,tools}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    reporters: ['default', './tools/reporter.ts'],
    testTimeout: 20_000,
  },
})
