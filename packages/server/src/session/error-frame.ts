import { StompHeaders, utf8Encode } from '@stomping-ground/codec'
import type { StompError } from '../errors.js'

/** What an ERROR is about, where it is about something the client named. */
export interface ErrorSubject {
  /** The receipt that the refused frame asked for. */
  readonly receipt?: string | undefined
  /** The subscription that was taken away. */
  readonly subscriptionId?: string | undefined
}

/** The headers and the body of the ERROR that tells a client of a refusal. */
export function errorFrame(
  refusal: StompError,
  { receipt, subscriptionId }: ErrorSubject,
): [StompHeaders, Uint8Array] {
  // A header holds one line: STOMP 1.0 could not escape more.
  const headers = ['message', refusal.message.replace(/[\r\n]+/g, ' '), 'code', refusal.code]
  // STOMP 1.2 "ERROR": if the error is related to a frame with a receipt header, receipt-id SHOULD match it
  if (receipt !== undefined) headers.push('receipt-id', receipt)
  if (subscriptionId !== undefined) headers.push('subscription', subscriptionId)
  // STOMP 1.2 "Protocol Negotiation": the ERROR tells the versions that the server supports
  if (refusal.code === 'version-unsupported') headers.push('version', SUPPORTED_VERSIONS)
  const { data } = refusal
  const json = data === undefined ? undefined : (JSON.stringify(data) as string | undefined)
  const body = utf8Encode(json ?? refusal.detail ?? refusal.message)
  const contentType = json === undefined ? 'text/plain;charset=utf-8' : 'application/json'
  headers.push('content-type', contentType, 'content-length', String(body.length))
  return [new StompHeaders(headers), body]
}

const SUPPORTED_VERSIONS = '1.0,1.1,1.2'
