import { sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

export interface PageOptions {
  /** The folder that the page was built into. */
  readonly webRoot: string
}

const A_YEAR = 'public, max-age=31536000, immutable'

/** The views that the page makes of itself. */
const VIEWS = ['/', '/rooms/:id', '/invitations/:invitation', '/direct', '/direct/:name']

/** The chat's page. */
export async function page(app: FastifyInstance, { webRoot }: PageOptions): Promise<void> {
  await app.register(fastifyStatic, {
    root: webRoot,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders(reply, path) {
      // The names of assets hold a hash of what is in them.
      reply.setHeader('cache-control', path.includes(`${sep}assets${sep}`) ? A_YEAR : 'no-cache')
    },
  })
  for (const path of VIEWS) app.get(path, (_request, reply) => reply.sendFile('index.html'))
}
