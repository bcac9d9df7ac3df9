import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const server = 'http://localhost:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The contract comes from the workspaces' sources, so the page builds before the packages do.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  // sockjs-client was written for bundlers that bring Node's name for it.
  define: { global: 'globalThis' },
  build: { outDir: '../dist/web', emptyOutDir: true },
  server: { proxy: { '/api': server, '/websc': { target: server, ws: true } } },
})
