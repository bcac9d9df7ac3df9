import type { StompUser } from '../stomp-session.js'
import type { ErrorContext } from './context.js'

/** The class of an error, abstract ones too. */
export type ErrorClass<E extends Error> = abstract new (...args: never[]) => E

/** What is done about errors of one class. */
export interface ErrorMapping<User extends StompUser> {
  readonly type: ErrorClass<Error>
  readonly handle: (error: never, context: ErrorContext<User>) => unknown
}

/**
 * What the server does about errors of a class that no map's own `onError` takes, for its option `onError`.
 *
 * @param handle returns, or resolves: the error is handled. Throws, or rejects: that error is told in its place
 */
export function errorMapping<User extends StompUser, E extends Error = Error>(
  type: ErrorClass<E>,
  handle: (error: E, context: ErrorContext<User>) => unknown,
): ErrorMapping<User> {
  return { type, handle }
}

/** Error handlers by class: the one for the class that an error is most closely of. */
export class ErrorMap<User extends StompUser> {
  readonly #handlers = new Map<unknown, ErrorMapping<User>['handle']>()

  /** @throws TypeError where two are for one class */
  constructor(mappings: readonly ErrorMapping<User>[] = []) {
    for (const { type, handle } of mappings) {
      if (this.#handlers.has(type)) throw new TypeError(`Two error handlers are for ${type.name}`)
      this.#handlers.set(type, handle)
    }
  }

  get empty(): boolean {
    return this.#handlers.size === 0
  }

  find(error: unknown): ErrorMapping<User>['handle'] | undefined {
    if (!(error instanceof Error)) return undefined
    for (
      let type = Object.getPrototypeOf(error) as object | null;
      type !== null;
      type = Object.getPrototypeOf(type) as object | null
    ) {
      const handle = this.#handlers.get(type.constructor)
      if (handle !== undefined) return handle
    }
    return undefined
  }
}
