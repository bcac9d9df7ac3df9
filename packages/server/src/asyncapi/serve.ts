import type { IncomingMessage, ServerResponse } from 'node:http'
import { mount } from '../transport/http-mount.js'
import type { WebServer } from '../transport/http-mount.js'
import { pathOf } from '../transport/upgrade.js'
import type { AsyncApiDocument } from './asyncapi.js'

/**
 * Answers `GET /asyncapi.json` with a document. As with `attach`, all other requests reach the server's listeners.
 *
 * @returns takes it off again
 */
export function serveAsyncApi(
  server: WebServer,
  document: AsyncApiDocument,
  { path = '/asyncapi.json' }: { readonly path?: string } = {},
): () => void {
  const body = Buffer.from(JSON.stringify(document, undefined, 2))
  return mount(server, {
    handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
      if (pathOf(request.url) !== path) return false
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.writeHead(405, { Allow: 'GET, HEAD' }).end()
        return true
      }
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length })
      response.end(request.method === 'GET' ? body : undefined)
      return true
    },
    handleUpgrade: () => false,
  })
}
