import helmet from '@fastify/helmet'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { TrustedProxies } from 'stomping-ground'
import { api } from './api.js'
import type { ApiOptions } from './api.js'
import { Refusals, isApi } from './errors.js'
import { health } from './health.js'
import type { HealthOptions } from './health.js'
import { page } from './page.js'
import type { PageOptions } from './page.js'
import { sockJsClient } from './sockjs-client.js'

export interface HttpOptions extends Omit<ApiOptions, 'refusals'>, HealthOptions, PageOptions {
  readonly log: Logger
  /** How many proxies are in front, or their addresses. */
  readonly trustProxy: TrustedProxies
}

const SELF = ["'self'"]

/** Everything comes from here; the page's scripts set styles, and make pictures, themselves. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: SELF,
    baseUri: ["'none'"],
    // Safari does not take 'self' for WebSockets.
    connectSrc: [...SELF, 'ws:', 'wss:'],
    formAction: SELF,
    frameAncestors: ["'none'"],
    imgSrc: [...SELF, 'data:'],
    objectSrc: ["'none'"],
    styleSrcAttr: ["'unsafe-inline'"],
  },
}

/** The HTTP side of the chat: API, page, health. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { log, limits, trustProxy } = options
  const refusals = new Refusals()
  const fail = failing(refusals)
  const logger: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance: logger,
    // What is worth a line is logged by what it means; see `errors.ts`.
    logController: new LogController({ disableRequestLogging: true }),
    // The last requests are answered as ever; its 503 is not of the contract's form.
    return503OnClosing: false,
    trustProxy: typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : [...trustProxy],
    bodyLimit: limits.httpBodyBytes,
    requestTimeout: limits.httpRequestMs,
    // A path that cannot be decoded is found out before any route is.
    frameworkErrors: fail,
  })
  app.setErrorHandler(fail)
  app.setNotFoundHandler((request, reply) => {
    if (isApi(request.url)) refusals.answerUnknown(request, reply)
    else nothingHere(reply)
  })
  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    // Served on plain HTTP; whoever puts TLS in front of it adds this there.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
    // Under `no-referrer` a form is sent with the origin `null` (Fetch, "append a request Origin header"), and SockJS's
    // jsonp-polling sends by forms.
    referrerPolicy: { policy: 'same-origin' },
  })
  await app.register(api, { ...options, refusals, prefix: '/api' })
  await app.register(health, { ...options, metrics: () => options.metrics() + refusals.prometheus() })
  await app.register(page, options)
  await app.register(sockJsClient)
  return app
}

type Fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

function failing({ answerError }: Refusals): Fail {
  return (error, request, reply) => {
    if (isApi(request.url)) return answerError(error, request, reply)
    const { statusCode: status = 500 } = error as { statusCode?: number }
    // A folder, or a path out of the page's: nothing that there is for clients.
    if (status === 403) return nothingHere(reply)
    if (status >= 500) request.log.error({ err: error, remoteAddress: request.ip }, 'failed')
    const text = status >= 500 ? 'Something went wrong here.\n' : 'This request cannot be served.\n'
    void reply.code(status).type('text/plain; charset=utf-8').send(text)
  }
}

function nothingHere(reply: FastifyReply): void {
  void reply.code(404).type('text/plain; charset=utf-8').send('There is nothing here.\n')
}
