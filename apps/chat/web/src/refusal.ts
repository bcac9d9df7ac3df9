import type { ChatErrorCode } from '../../contract/index.js'

/** Why something was refused: a stable code, and a sentence for codes that the page does not know. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Codes that the page says in the reader's language: the chat's own, the libraries' common ones, and the page's. */
export type KnownCode =
  | ChatErrorCode
  | 'destination-not-handled'
  | 'frame-too-large'
  | 'body-invalid'
  | 'history-unavailable'
  | 'network'
  | 'unconfirmed'
  | 'outgoing-full'
