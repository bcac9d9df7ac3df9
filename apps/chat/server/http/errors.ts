import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { StompError } from 'stomping-ground'
import { CHAT_ERRORS } from '../../contract/index.js'
import type { ChatErrorCode, HttpError } from '../../contract/index.js'
import { isChatErrorCode } from '../refusal.js'

/** What an HTTP client is told; other codes answer 400. */
const STATUS: Partial<Record<ChatErrorCode, number>> = {
  'room-unknown': 404,
  'invitation-unknown': 404,
  'person-unknown': 404,
  'person-unavailable': 404,
  'room-name-taken': 409,
  'room-limit': 409,
  'room-own-limit': 409,
  'room-people-limit': 409,
  'name-registered': 409,
  'account-limit': 409,
  'conversation-limit': 409,
  'block-limit': 409,
  'account-needed': 401,
  'credentials-wrong': 401,
  'owner-only': 403,
  'owner-stays': 403,
  'origin-refused': 403,
  'put-out': 403,
  kicked: 403,
  banned: 403,
  'too-many-requests': 429,
  'too-many-attempts': 429,
  'service-unavailable': 503,
}

/** An error with the status that it answers. */
export interface Answer {
  readonly status: number
  readonly body: HttpError
}

/** The answer to whatever was thrown. Of what is not the client's doing it tells nothing. */
export function answerTo(error: unknown): Answer {
  if (error instanceof StompError && isChatErrorCode(error.code)) {
    const { code, message } = error
    return { status: STATUS[code] ?? 400, body: { code, message } }
  }
  if (error instanceof StompError && error.code === 'history-unavailable') {
    return { status: 503, body: bodyOf('service-unavailable') }
  }
  const status = (error as Partial<FastifyError> | undefined)?.statusCode ?? 500
  if (status === 429) return { status, body: bodyOf('too-many-requests') }
  if (status >= 400 && status < 500) return { status, body: bodyOf('request-invalid') }
  return { status: 500, body: bodyOf('server-failed') }
}

function bodyOf(code: ChatErrorCode): HttpError {
  return { code, message: CHAT_ERRORS[code] }
}

/** Answers what the API refuses, counts it, and writes it down. */
export class Refusals {
  readonly #counts = new Map<ChatErrorCode, number>()

  readonly answerError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body } = answerTo(error)
    this.#count(body.code)
    const what = { method: request.method, path: pathOf(request.url), remoteAddress: request.ip }
    // Why the database is away has been logged once, when it went.
    if (status >= 500 && status !== 503) request.log.error({ err: error, ...what }, 'failed')
    else request.log.warn({ status, code: body.code, ...what }, 'refused')
    void reply.code(status).send(body)
  }

  readonly answerUnknown = (request: FastifyRequest, reply: FastifyReply): void => {
    const { status, body } = { status: 404, body: bodyOf('request-invalid') }
    this.#count(body.code)
    request.log.debug({ status, method: request.method, path: pathOf(request.url) }, 'not found')
    void reply.code(status).send(body)
  }

  /** In the text format of Prometheus. */
  prometheus(): string {
    const lines = [...this.#counts].map(
      ([code, count]) => `chat_http_refusals_total{code="${code}"} ${count}\n`,
    )
    return `# HELP chat_http_refusals_total Requests that were refused.\n# TYPE chat_http_refusals_total counter\n${lines.join('')}`
  }

  #count(code: ChatErrorCode): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1)
  }
}

/** A path that begins so is the API's, and its errors are of the contract's form. */
export function isApi(url: string): boolean {
  return /^\/api(?:[/?#]|$)/.test(url)
}

/** An invitation lets people in: the log has none. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0]!
  return path.replace(/^(\/api\/invitations\/).*/, '$1…').slice(0, 200)
}
