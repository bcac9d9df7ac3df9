import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { StompError } from 'stomping-ground'
import { CHAT_ERRORS } from '../../contract/index.js'
import type { ChatErrorCode, HttpError } from '../../contract/index.js'
import { isChatErrorCode } from '../refusal.js'

/** What an HTTP client is told; other codes answer 400. */
const STATUS: Partial<Record<ChatErrorCode, number>> = {
  'room-unknown': 404,
  'room-name-taken': 409,
  'room-limit': 409,
  'too-many-requests': 429,
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
  const status = (error as Partial<FastifyError> | undefined)?.statusCode ?? 500
  if (status === 429) return { status, body: bodyOf('too-many-requests') }
  if (status >= 400 && status < 500) return { status, body: bodyOf('request-invalid') }
  return { status: 500, body: bodyOf('server-failed') }
}

function bodyOf(code: ChatErrorCode): HttpError {
  return { code, message: CHAT_ERRORS[code] }
}

/** Answers an error of the API, and writes it down. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = answerTo(error)
  const what = { method: request.method, path: pathOf(request.url), remoteAddress: request.ip }
  if (status >= 500) request.log.error({ err: error, ...what }, 'failed')
  else request.log.warn({ status, code: body.code, ...what }, 'refused')
  void reply.code(status).send(body)
}

export function answerUnknown(request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = { status: 404, body: bodyOf('request-invalid') }
  request.log.debug({ status, method: request.method, path: pathOf(request.url) }, 'not found')
  void reply.code(status).send(body)
}

/** A path that begins so is the API's, and its errors are of the contract's form. */
export function isApi(url: string): boolean {
  return /^\/api(?:[/?#]|$)/.test(url)
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!.slice(0, 200)
}
