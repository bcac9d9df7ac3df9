import { StompError } from 'stomping-ground'
import { expect, it } from 'vitest'
import { CHAT_ERRORS } from '../../contract/index.js'
import type { ChatErrorCode } from '../../contract/index.js'
import { refusal } from '../refusal.js'
import { answerTo } from './errors.js'

it('answers every code of the contract with a status of 4xx, or 503, the code and its message', () => {
  for (const code of Object.keys(CHAT_ERRORS) as ChatErrorCode[]) {
    const { status, body } = answerTo(refusal(code))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toSatisfy((one) => one < 500 || code === 'service-unavailable')
    expect(body).toEqual({ code, message: CHAT_ERRORS[code] })
  }
})

it('answers 503 while what was said in rooms cannot be read', () => {
  const { status, body } = answerTo(new StompError('history-unavailable'))
  expect([status, body.code]).toEqual([503, 'service-unavailable'])
})

it.each([
  new Error('secret'),
  new StompError('handler-failed', 'secret'),
  { statusCode: 503, message: 'secret' },
  'secret',
])('tells nothing of what is not the client’s doing', (error) => {
  const { status, body } = answerTo(error)
  expect(status).toBe(500)
  expect(body.code).toBe('server-failed')
  expect(JSON.stringify(body)).not.toContain('secret')
})
