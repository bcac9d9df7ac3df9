export { createClient } from './create-client.js'
export { CLIENT_ERRORS, ClientError } from './errors.js'
export { newId } from './ids.js'
export type { ClientErrorCode } from './errors.js'
export type { Client, RequestOptions, SendOptions } from './client.js'
export type { ClientOptions, SocketFactory } from './options.js'
export type { ConnectionState } from './connection.js'
export type { SessionEnd } from './link.js'
export type { FallbackMemory } from './fallback.js'
export type { Load } from './budget.js'
export type { Observable } from './observable.js'
export type { Position, Start } from './position.js'
export type { Addressed } from './routes.js'
export type { Token, TokenSource } from './credentials.js'
export type { ClientSocket } from './socket.js'
export type { Surroundings } from './page-events.js'
export type {
  Activation,
  ReceivedMessage,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
} from './subscription.js'
