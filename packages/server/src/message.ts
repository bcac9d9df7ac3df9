import type { StompHeaders } from '@stomping-ground/codec'
import { USER_PREFIX } from './contract.js'

/** What a publisher sent, before it has become anybody's MESSAGE frame. */
export interface Message {
  readonly destination: string
  /** Headers for the receivers: `content-type` and the publisher's own. None of the protocol's own headers. */
  readonly headers: StompHeaders
  /** A view: keep a copy where it has to outlive the call. */
  readonly body: Uint8Array
  /** Set where a destination with history shall not keep it. */
  readonly retain?: false
}

/** Begins the addresses of reply queues: they cannot be guessed, and knowing one is the permission to send to it. */
export const REPLY_QUEUE = '/reply-queue/'

/**
 * Begins the broker topics behind user destinations: `/user-topic/name/{user}/...` reaches all sessions of a user on every
 * node, `/user-topic/session/{sessionId}/...` one. Brokers treat them as topics; clients can name them in no frame.
 */
export const USER_TOPIC = '/user-topic/'

/** The topics that stand behind what users subscribe to as `/user/queue/x`: whoever they are. */
export function userTopicPatterns(destination: string): string[] {
  return ['name', 'session'].map((kind) => `${USER_TOPIC}${kind}/*${destination.slice(USER_PREFIX.length)}`)
}

/** Begins the broker topics by which the nodes of a cluster talk to each other. Clients can name them in no frame. */
export const NODE_TOPIC = '/node-topic/'

/** Whether a destination is one that clients reach by another name, or not at all. */
export function isReserved(destination: string): boolean {
  return (
    destination.startsWith(USER_TOPIC) ||
    destination.startsWith(NODE_TOPIC) ||
    destination.startsWith(REPLY_QUEUE)
  )
}

/** What a client is shown: `/user/queue/x` for the topics behind it, any other destination as it is. */
export function shownDestination(destination: string): string {
  if (!destination.startsWith(USER_TOPIC)) return destination
  const whose = destination.indexOf('/', USER_TOPIC.length)
  const rest = destination.indexOf('/', whose + 1)
  return whose === -1 || rest === -1 ? destination : `/user${destination.slice(rest)}`
}

/** What a message counts where it is kept: its body, its headers, and a little for what holds them. */
export function messageBytes({ body, headers }: Message): number {
  let bytes = body.length + 64
  for (const text of headers.flat) bytes += text.length
  return bytes
}
