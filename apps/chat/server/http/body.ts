import type { FastifyRequest } from 'fastify'
import type { ZodMiniType, output } from 'zod/mini'
import { refusal } from '../refusal.js'

/** @throws StompError `request-invalid` */
export function bodyOf<Schema extends ZodMiniType>(request: FastifyRequest, schema: Schema): output<Schema> {
  const body = schema.safeParse(request.body)
  if (!body.success) throw refusal('request-invalid')
  return body.data
}
