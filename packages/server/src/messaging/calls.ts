import type { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next, recover } from '../awaitable.js'
import type { Clock } from '../clock.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import type { PathPattern, PathValues } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import { decodeBody, validateBody } from './body.js'
import { CallScope } from './call-scope.js'
import type { ErrorMap } from './error-map.js'
import type { HandlerCall, aroundOf } from './interceptors.js'
import type { Answer, Mapping, SendToUser } from './mapping.js'
import type { Messaging } from './messaging.js'

export interface CallsOptions<User extends StompUser> {
  readonly messaging: Messaging
  /** Asked where a map's own has nothing to say. */
  readonly errors: ErrorMap<User>
  readonly clock: Clock
  /** What a call may take. */
  readonly handlerMs: number
  /** Is told of errors for which there is no frame to refuse any more. */
  readonly failed: (session: StompSession<User>, error: unknown, during: string) => void
  /** Around each handler, where the application wants to. */
  readonly around: ReturnType<typeof aroundOf<User>>
}

/** One frame that has found its mapping. */
interface Call<User extends StompUser> {
  readonly command: 'SEND' | 'SUBSCRIBE'
  readonly mapping: { readonly pattern: PathPattern; readonly errors: () => ErrorMap<User> }
  readonly params: PathValues
  readonly session: StompSession<User>
  readonly headers: StompHeaders
  readonly destination: string
  /** Somebody waits for the result: an error is told to them, handled or not. */
  readonly asked: boolean
}

export interface MessageCall<User extends StompUser> extends Call<User> {
  readonly mapping: Mapping<User>
  readonly message: Message
}

export interface SubscribeCall<User extends StompUser> extends Call<User> {
  readonly mapping: Answer<User>
}

/** What a handler is given. A class: its signal is made when it is asked for, and a getter of each object's own is dear. */
class CallingContext<User extends StompUser> {
  readonly command: 'SEND' | 'SUBSCRIBE'
  readonly pattern: string
  readonly params: PathValues
  readonly body: unknown
  readonly session: StompSession<User>
  readonly message: Message
  readonly messaging: Messaging
  readonly headers: StompHeaders
  readonly destination: string
  readonly user: User
  readonly #scope: CallScope

  constructor(
    { command, mapping, params, session, headers, destination }: Call<User>,
    scope: CallScope,
    messaging: Messaging,
    body: unknown,
    message: Message,
  ) {
    this.command = command
    this.pattern = mapping.pattern.source
    this.params = params
    this.body = body
    this.session = session
    this.message = message
    this.messaging = messaging
    this.headers = headers
    this.destination = destination
    this.user = session.user
    this.#scope = scope
  }

  get signal(): AbortSignal {
    return this.#scope.signal
  }
}

/** Calls handlers: all that lies between a mapping that is found and its result. */
export class Calls<User extends StompUser> {
  readonly #options: CallsOptions<User>

  constructor(options: CallsOptions<User>) {
    this.#options = options
  }

  /** The handler's result, after it was sent where the mapping says; `undefined` where an error was handled. */
  message(call: MessageCall<User>): Awaitable<unknown> {
    return this.#guarded(call, (scope) => {
      const { mapping, message } = call
      const decoded = decodeBody(message)
      const valid = mapping.schema === undefined ? decoded : validateBody(mapping.schema, decoded)
      return next(valid, (body) =>
        next(this.#handle(mapping, this.#context(call, scope, body, message)), (result) => {
          if (result === undefined || scope.expired) return undefined
          return next(this.#send(call, body, result), () => result)
        }),
      )
    })
  }

  /** The snapshot. */
  subscribe(call: SubscribeCall<User>): Awaitable<unknown> {
    return this.#guarded(call, (scope) =>
      this.#handle(call.mapping, this.#context(call, scope, undefined, undefined)),
    )
  }

  #handle<Context extends HandlerCall<User>>(
    { handle }: { readonly handle: (context: Context) => unknown },
    context: Context,
  ): Awaitable<unknown> {
    const { around } = this.#options
    return around === undefined ? handle(context) : around(context, () => handle(context))
  }

  #context(
    call: Call<User>,
    scope: CallScope,
    body: unknown,
    message: Message | undefined,
  ): CallingContext<User> {
    // Subscribe handlers are not told that there might be a message.
    return new CallingContext(call, scope, this.#options.messaging, body, message!)
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
    if (sent.length === 1) return sent[0]
    const waiting = sent.filter((one) => one !== undefined)
    return waiting.length === 0 ? undefined : Promise.all(waiting).then(() => undefined)
  }

  /** Has errors handled, and bounds the time. */
  #guarded(call: Call<User>, run: (scope: CallScope) => Awaitable<unknown>): Awaitable<unknown> {
    const scope = new CallScope(call.session)
    const { errors } = this.#options
    let outcome: Awaitable<unknown>
    try {
      outcome =
        errors.empty && call.mapping.errors().empty
          ? run(scope)
          : recover(
              () => run(scope),
              (error) => this.#failed(error, call, scope),
            )
    } catch (error) {
      scope.end()
      throw error
    }
    // Made a promise of the platform's own, whatever it was.
    const waiting = next(outcome, (value) => value)
    if (waiting instanceof Promise) {
      const { handlerMs, clock, failed } = this.#options
      return scope.within(handlerMs, clock, waiting, (error) =>
        failed(call.session, error, `${call.command} ${call.destination}, after its time`),
      )
    }
    scope.end()
    return waiting
  }

  /** Handled, or thrown on. */
  #failed(error: unknown, call: Call<User>, scope: CallScope): Awaitable<unknown> {
    const handle = call.mapping.errors().find(error) ?? this.#options.errors.find(error)
    if (handle === undefined || scope.expired) throw error
    return next(handle(error as never, this.#context(call, scope, undefined, undefined)), () => {
      if (!call.asked) return undefined
      throw error instanceof StompError
        ? error
        : new StompError('handler-failed', undefined, { cause: error })
    })
  }
}
