import type { FastifyInstance } from 'fastify'

export interface HealthOptions {
  /** Whether the chat can serve now. */
  readonly ready: () => Promise<boolean>
  /** In the text format of Prometheus. */
  readonly metrics: () => string
}

/** What machines ask: is it alive, can it serve, what does it count. */
export async function health(app: FastifyInstance, { ready, metrics }: HealthOptions): Promise<void> {
  app.get('/healthz', (_request, reply) => {
    void reply.type('text/plain; charset=utf-8').send('ok\n')
  })
  app.get('/readyz', async (_request, reply) => {
    const ok = await ready().catch(() => false)
    return reply
      .code(ok ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(ok ? 'ready\n' : 'not ready\n')
  })
  app.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics()),
  )
}
