// Runs the sources as they are: `npm run fuzz -- --inputs 10000000 --seed 1`.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('main.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
  ssr: {
    noExternal: ['@stomping-ground/codec'],
    resolve: { conditions: ['source', 'node', 'import', 'default'] },
  },
})
process.exitCode = await module.main(process.argv.slice(2))
