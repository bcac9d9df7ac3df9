/** A result that is there already, or will be. Paths that need no waiting then cost none. */
export type Awaitable<T> = T | PromiseLike<T>

/** Goes on with a result: at once where it is there. What waits is a promise of the platform's own. */
export function next<T, R>(value: Awaitable<T>, then: (value: T) => Awaitable<R>): R | Promise<R> {
  if (value instanceof Promise) return value.then(then)
  if (isThenable(value)) return Promise.resolve(value).then(then)
  return settled(then(value))
}

/** Does something that may fail, at once or later, and goes on with the error where it does. */
export function recover<T>(
  attempt: () => Awaitable<T>,
  failed: (error: unknown) => Awaitable<T>,
): T | Promise<T> {
  let result: T | Promise<T>
  try {
    result = settled(attempt())
  } catch (error) {
    return settled(failed(error))
  }
  return result instanceof Promise ? result.catch(failed) : result
}

/** The same result, with any other kind of promise made one of the platform's own. */
function settled<R>(value: Awaitable<R>): R | Promise<R> {
  return isThenable(value) && !(value instanceof Promise) ? Promise.resolve(value) : (value as R | Promise<R>)
}

// Query builders, for one, are thenables and no promises.
function isThenable<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
