import fastifyPlugin from 'fastify-plugin'
import { createStompServer } from 'stomping-ground'
import type { AttachOptions, StompServer, StompServerOptions } from 'stomping-ground'

declare module 'fastify' {
  interface FastifyInstance {
    readonly stomp: StompServer
  }
}

interface StompPluginOptions extends AttachOptions {
  readonly server: StompServerOptions
}

/** Serves STOMP beside the routes of a Fastify app, as `app.stomp`, and drains it when the app closes. */
export const stompPlugin = fastifyPlugin<StompPluginOptions>(
  async (app, { server, ...endpoint }) => {
    const stomp = createStompServer(server)
    stomp.attach(app.server, endpoint)
    app.decorate('stomp', stomp)
    // Before the HTTP server closes: that would wait for the WebSockets.
    app.addHook('preClose', () => stomp.drain({ withinMs: 5_000 }))
  },
  { fastify: '5.x', name: 'stomp' },
)
