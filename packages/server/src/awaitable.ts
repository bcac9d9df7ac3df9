/** A result that is there already, or will be. Paths that need no waiting then cost none. */
export type Awaitable<T> = T | Promise<T>

/** Goes on with a result: at once where it is there. */
export function next<T, R>(value: Awaitable<T>, then: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(then) : then(value)
}
