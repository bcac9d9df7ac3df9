import { defineConfig } from 'vitest/config'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { missing, requirements } from './tools/requirements.js'

/**
 * The chat's server once more, with all that it keeps in PostgreSQL: all its tests but those that ask for no database, or for
 * SQLite, and those of several nodes (`*.postgres.test.ts`), which SQLite cannot have.
 */
const CHAT_ON_POSTGRES: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'postgresql',
    include: ['apps/chat/server/**/*.test.ts'],
    exclude: [
      'apps/chat/server/{config,main,outage,policy,reach}.test.ts',
      'apps/chat/server/names/*',
      'apps/chat/server/search/search-text.test.ts',
      'apps/chat/server/presence/*',
      'apps/chat/server/accounts/*',
      'apps/chat/server/http/{cookie,errors}.test.ts',
      'apps/chat/server/rooms/room-name.test.ts',
      'apps/chat/server/database/*',
    ],
    globalSetup: 'apps/chat/test/postgres-setup.ts',
    env: { CHAT_TEST_DATABASE: 'postgresql' },
  },
}

export default defineConfig({
  // Tests read the workspaces' sources through the same `exports` that users read, under the condition `source`.
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['{packages,apps,examples,conformance,bench,tools}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.postgres.test.ts'],
        },
      },
      ...(missing(requirements.postgres) ? [] : [CHAT_ON_POSTGRES]),
    ],
    reporters: ['default', './tools/reporter.ts'],
    testTimeout: 20_000,
    // Hooks start browsers, servers and brokers, and drop databases, which takes a while on a busy machine.
    hookTimeout: 60_000,
    // What comes about by itself is waited for: the time is a guard.
    expect: { poll: { timeout: 15_000 } },
  },
})
