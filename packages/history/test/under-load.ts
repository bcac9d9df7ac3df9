import { Publisher, Watcher, complaints } from './crowd.js'

/** What happens to servers under load, again and again. */
export type Happening = (confirmed: (count: number) => Promise<void>) => Promise<void>

/**
 * Publishers and watchers on some servers of one history, while something happens to these again and again, each time after some more
 * messages were confirmed: at any moment of the servers' work.
 *
 * @param happen is given what waits until so many more messages are confirmed
 * @returns what is wrong with what the watchers have got
 */
export async function underLoad(
  topic: string,
  times: number,
  ports: readonly (() => number)[],
  happen: Happening,
): Promise<string[]> {
  const counter = new Counter()
  const port = (i: number): (() => number) => ports[i % ports.length]!
  const publishers = ['a', 'b', 'c', 'd'].map(
    (name, i) => new Publisher(name, topic, port(i), () => counter.count()),
  )
  const watchers = [0, 1, 2].map((i) => new Watcher(topic, port(i)))
  const publishing = publishers.map((one) => one.run())
  const watching = watchers.map((one) => one.run())
  for (let i = 0; i < times; i++) {
    await counter.more(1 + Math.floor(Math.random() * 400))
    await happen((count) => counter.more(count))
  }
  for (const one of publishers) one.stop()
  await Promise.all(publishing)
  const total = publishers.reduce((sum, one) => sum + one.confirmed, 0)
  for (const one of watchers) one.finish(total)
  await Promise.all(watching)
  if (total < times) return ['nothing was published']
  return watchers.flatMap((one) => complaints(one, publishers))
}

class Counter {
  #left = Infinity
  #reached = (): void => {}

  count(): void {
    if (--this.#left === 0) this.#reached()
  }

  more(count: number): Promise<void> {
    this.#left = count
    return new Promise((resolve) => (this.#reached = resolve))
  }
}
