import type { DisconnectReason } from '../errors.js'
import type { StompSession, StompUser } from '../stomp-session.js'

/** Everything that happens, for logs, presence and metrics. */
export interface ServerEvents<User extends StompUser = StompUser> {
  connected: { readonly session: StompSession<User> }
  /** The client has shown new credentials: `session.user` is what they say. */
  renewed: { readonly session: StompSession<User> }
  /** Follows `unsubscribed` for each subscription that was still there. */
  disconnected: { readonly session: StompSession<User>; readonly reason: DisconnectReason }
  subscribed: SubscriptionEvent<User>
  /**
   * By UNSUBSCRIBE; or, with the reason, because the session ended in any way, or the server took the subscription away:
   * `revoked`.
   */
  unsubscribed: SubscriptionEvent<User> & { readonly reason: DisconnectReason | undefined }
  /** A client got an ERROR. Without `session` where CONNECT had not succeeded. */
  refused: {
    readonly session: StompSession<User> | undefined
    /** There is one for every connection, before CONNECT too. */
    readonly sessionId: string
    readonly remoteAddress: string
    readonly code: string
    readonly message: string
    readonly command: string | undefined
    readonly destination: string | undefined
  }
  /** A queue gave a message up: it went to the dead-letter queue, or is gone. */
  dropped: { readonly destination: string; readonly reason: string }
  /** A broker elsewhere can be reached again, or no more: then with the cause. */
  brokerAvailability: { readonly available: boolean; readonly cause: Error | undefined }
  /** Another server that shares the broker is there, or is not any more: it said goodbye, or nothing was heard of it. */
  nodeJoined: { readonly node: NodeName }
  nodeLeft: { readonly node: NodeName; readonly goodbye: boolean }
  /**
   * A session reads too slowly, and its messages are dropped, or it ends. Under a policy that drops: at most once a second
   * for a session and rule, and once more before `disconnected`.
   */
  slow: SlowEvent<User>
  /** The store of the history does not do what it is asked for, with what it threw; or does so again. */
  history: { readonly available: boolean; readonly error: unknown }
  /** A request for a connection was turned away before there was a session. */
  rejected: { readonly remoteAddress: string; readonly status: number; readonly message: string }
  /** Code of the application threw something that was no StompError; clients are told nothing of it. */
  failed: {
    readonly session: StompSession<User> | undefined
    readonly error: unknown
    readonly during: string
  }
}

/** A node of the cluster, as `stomp.cluster.nodes()` has it. */
interface NodeName {
  readonly name: string
  readonly address: string | undefined
}

export interface SubscriptionEvent<User extends StompUser> {
  readonly session: StompSession<User>
  readonly subscriptionId: string
  readonly destination: string
}

export interface SlowEvent<User extends StompUser> {
  readonly session: StompSession<User>
  /** As the rule names it; under `disconnect` the message's that found the outbox full, if it was one. */
  readonly destination: string | undefined
  readonly policy: 'disconnect' | 'drop-oldest' | 'keep-latest'
  /** Messages dropped, or replaced by newer ones, since the last event; under `disconnect`, what still waited. */
  readonly dropped: number
}

type Listener<Event> = (event: Event) => void

/**
 * Listeners by event. One that throws harms neither the others nor the session; its error becomes a `failed`, and that of
 * a listener of `failed` an uncaught exception.
 */
export class Events<User extends StompUser> {
  readonly #listeners = new Map<keyof ServerEvents<User>, Set<Listener<never>>>()

  /** @returns a function that takes the listener away again */
  on<Name extends keyof ServerEvents<User>>(
    name: Name,
    listener: Listener<ServerEvents<User>[Name]>,
  ): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  emit<Name extends keyof ServerEvents<User>>(name: Name, event: ServerEvents<User>[Name]): void {
    const listeners = this.#listeners.get(name) as Set<Listener<ServerEvents<User>[Name]>> | undefined
    if (listeners === undefined) return
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        if (name === 'failed') queueMicrotask(() => rethrow(error))
        else this.emit('failed', { session: undefined, error, during: `listener of ${name}` })
      }
    }
  }
}

function rethrow(error: unknown): never {
  throw error
}
