import { StompError } from 'stomping-ground'
import { CHAT_ERRORS } from '../contract/index.js'
import type { ChatErrorCode } from '../contract/index.js'

/** What the chat throws when a client asked for something that it cannot have: over STOMP an ERROR, over HTTP a 4xx. */
export function refusal(code: ChatErrorCode, cause?: unknown): StompError {
  return new StompError(code, CHAT_ERRORS[code], { cause })
}

export function isChatErrorCode(code: string): code is ChatErrorCode {
  return Object.hasOwn(CHAT_ERRORS, code)
}
