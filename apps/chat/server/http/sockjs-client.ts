import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'

const require = createRequire(import.meta.url)
const { version } = require('sockjs-client/package.json') as { version: string }

/** Where SockJS's iframe page finds the library, unless the configuration names another place. */
export const SOCKJS_CLIENT_PATH = `/sockjs-client/${version}/sockjs.min.js`

/** Serves this chat's own copy of sockjs-client: the same version as in its page. */
export async function sockJsClient(app: FastifyInstance): Promise<void> {
  const script = await readFile(require.resolve('sockjs-client/dist/sockjs.min.js'))
  app.get(SOCKJS_CLIENT_PATH, (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type('text/javascript; charset=utf-8')
      .send(script),
  )
}
