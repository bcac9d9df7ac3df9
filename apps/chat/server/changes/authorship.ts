import { createHmac } from 'node:crypto'
import { BOUNDS } from '../../contract/index.js'
import type { ChatMessage } from '../../contract/index.js'
import type { Account } from '../accounts/account.js'
import { refusal } from '../refusal.js'

const SECRET = new RegExp(`^[A-Za-z0-9_-]{${BOUNDS.authorAtLeast},${BOUNDS.author}}$`)

/**
 * The secret that a page sends, if it sends one.
 *
 * @throws StompError `request-invalid`
 */
export function authorSecret(given: string | undefined): string | undefined {
  if (given !== undefined && !SECRET.test(given)) throw refusal('request-invalid')
  return given
}

/**
 * What stands in a message that was said with a secret. Another message has another one, so nobody sees which messages
 * come from one browser, and nobody finds the secret of 128 bits or more.
 */
export function authorOf(secret: string, messageId: string): string {
  return createHmac('sha256', secret).update(messageId).digest('base64url').slice(0, 22)
}

/** Whether somebody has written a message: under their registered name, or as a guest with this secret. */
export function hasWritten(
  account: Account | undefined,
  secret: string | undefined,
  { registered, sender, author, id }: ChatMessage,
): boolean {
  if (registered === true) return account?.name === sender
  return author !== undefined && secret !== undefined && authorOf(secret, id) === author
}
