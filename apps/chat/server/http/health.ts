import type { FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** Why the chat cannot serve now; undefined where it can. */
  readonly lacks: () => Promise<string | undefined>
  /** In the text format of Prometheus. */
  readonly metrics: () => string
}

/** What machines ask: is it alive, can it serve, what does it count. */
export async function health(app: FastifyInstance, { lacks, metrics }: HealthOptions): Promise<void> {
  app.get('/healthz', (_request, reply) => {
    void reply.type('text/plain; charset=utf-8').send('ok\n')
  })
  app.get('/readyz', async (_request, reply) => {
    const why = await lacks().catch(() => 'the database is away')
    return reply
      .code(why === undefined ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(why === undefined ? 'ready\n' : `not ready: ${why}\n`)
  })
  app.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics()),
  )
}
