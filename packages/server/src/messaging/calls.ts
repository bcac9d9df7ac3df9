import type { Awaitable } from '../awaitable.js'
import { next, recover } from '../awaitable.js'
import type { Clock } from '../clock.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import type { PathValues } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import { decodeBody, validateBody } from './body.js'
import { CallScope } from './call-scope.js'
import type { ErrorMap } from './error-map.js'
import type { Mapping, SendToUser } from './mapping.js'
import type { Messaging } from './messaging.js'

export interface CallsOptions<User extends StompUser> {
  readonly messaging: Messaging
  /** Asked where a map's own has nothing to say. */
  readonly errors: ErrorMap<User>
  readonly clock: Clock
  /** What a call may take. */
  readonly handlerMs: number
  /** Is told what a handler throws when nobody waits for it any more. */
  readonly failedLate: (session: StompSession<User>, error: unknown, destination: string) => void
}

/** One SEND that has found its mapping. */
export interface MessageCall<User extends StompUser> {
  readonly mapping: Mapping<User>
  readonly params: PathValues
  readonly session: StompSession<User>
  readonly message: Message
  /** Somebody waits for the result: an error is told to them, handled or not. */
  readonly asked: boolean
}

/** Calls handlers: all that lies between a mapping that is found and its result. */
export class Calls<User extends StompUser> {
  readonly #options: CallsOptions<User>

  constructor(options: CallsOptions<User>) {
    this.#options = options
  }

  /** The handler's result, after it was sent where the mapping says; `undefined` where an error was handled. */
  message(call: MessageCall<User>): Awaitable<unknown> {
    const { session, message } = call
    const scope = new CallScope(session)
    const attempt = (): Awaitable<unknown> => this.#attempt(call, scope)
    const { errors } = this.#options
    const own = call.mapping.errors()
    if (errors.empty && own.empty) return this.#bounded(scope, session, message.destination, attempt)
    return this.#bounded(scope, session, message.destination, () =>
      recover(attempt, (error) => this.#failed(error, call, scope)),
    )
  }

  #attempt(call: MessageCall<User>, scope: CallScope): Awaitable<unknown> {
    const { mapping, message } = call
    const decoded = decodeBody(message)
    const valid = mapping.schema === undefined ? decoded : validateBody(mapping.schema, decoded)
    return next(valid, (body) => {
      return next(mapping.handle(this.#context(call, scope, body)), (result) => {
        if (result === undefined || scope.expired) return undefined
        return next(this.#send(call, body, result), () => result)
      })
    })
  }

  // One literal: spreading it would ask for the signal.
  #context({ params, session, message }: MessageCall<User>, scope: CallScope, body: unknown) {
    const { messaging } = this.#options
    return {
      params,
      body,
      session,
      message,
      messaging,
      user: session.user,
      headers: message.headers,
      destination: message.destination,
      get signal() {
        return scope.signal
      },
    }
  }

  #send({ mapping, params, session }: MessageCall<User>, body: unknown, result: unknown): Awaitable<void> {
    const { messaging } = this.#options
    const { sendTo, sendToUser, sendToSession } = mapping
    const address = <A>(to: ((params: unknown, body: unknown) => A) | { to: (params: unknown) => A }): A =>
      typeof to === 'function' ? to(params, body) : to.to(params)
    const { name } = session.user
    const sent: Awaitable<void>[] = []
    const toUser = (to: SendToUser<unknown, unknown, unknown>, sessionId?: string): void => {
      sent.push(messaging.sendToUser(name, address(to), result, sessionId === undefined ? {} : { sessionId }))
    }
    if (sendTo !== undefined) sent.push(messaging.send(address(sendTo), result))
    if (sendToUser !== undefined) toUser(sendToUser, name === '' ? session.id : undefined)
    if (sendToSession !== undefined) toUser(sendToSession, session.id)
    const waiting = sent.filter((one) => one !== undefined)
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
  }

  /** Handled, or thrown on. */
  #failed(error: unknown, call: MessageCall<User>, scope: CallScope): Awaitable<unknown> {
    const handle = call.mapping.errors().find(error) ?? this.#options.errors.find(error)
    if (handle === undefined || scope.expired) throw error
    return next(handle(error as never, this.#context(call, scope, undefined)), () => {
      if (call.asked)
        throw error instanceof StompError
          ? error
          : new StompError('handler-failed', undefined, { cause: error })
      return undefined
    })
  }

  #bounded<T>(
    scope: CallScope,
    session: StompSession<User>,
    destination: string,
    attempt: () => Awaitable<T>,
  ): Awaitable<T> {
    let outcome: Awaitable<T>
    try {
      outcome = attempt()
    } catch (error) {
      scope.end()
      throw error
    }
    if (outcome instanceof Promise) {
      const { handlerMs, clock, failedLate } = this.#options
      return scope.within(handlerMs, clock, outcome, (error) => failedLate(session, error, destination))
    }
    scope.end()
    return outcome
  }
}
