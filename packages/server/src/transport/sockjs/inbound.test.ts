import { describe, expect, test } from 'vitest'
import { Inbound } from './inbound.js'

/** One that notes what it hands on, and whether each request was taken. */
function inbound(mostBytes = 1000): {
  queue: Inbound
  seen: string[]
  onMessage: (react: (message: string) => void) => void
  push: (name: string, ...messages: string[]) => void
} {
  const seen: string[] = []
  let react: (message: string) => void = () => {}
  const queue = new Inbound(mostBytes, (message) => {
    seen.push(message)
    react(message)
  })
  return {
    queue,
    seen,
    onMessage: (reaction) => (react = reaction),
    push: (name, ...messages) =>
      queue.push(messages, (room) => seen.push(`${name} ${room ? 'taken' : 'refused'}`)),
  }
}

describe('what requests bring', () => {
  test('is handed on at once, and the request is answered after it', () => {
    const { seen, push } = inbound()
    push('request', 'a', 'b')
    expect(seen).toEqual(['a', 'b', 'request taken'])
  })

  test('waits while reading is paused, in order', () => {
    const { queue, seen, push } = inbound()
    queue.pause()
    push('first', 'a')
    push('second', 'b')
    expect(seen).toEqual([])
    queue.resume()
    expect(seen).toEqual(['a', 'first taken', 'b', 'second taken'])
  })

  test('is refused where it would be more than mostBytes, each request counting 64 more', () => {
    const { queue, seen, push } = inbound(1000)
    queue.pause()
    push('first', 'x'.repeat(500))
    push('at the limit', 'x'.repeat(1000 - 500 - 128))
    push('past it', '')
    expect(seen).toEqual(['past it refused'])
    queue.resume()
    push('after', '')
    expect(seen.at(-1)).toBe('after taken')
  })

  test('is held whatever its size where nothing else is', () => {
    const { queue, seen, push } = inbound(10)
    queue.pause()
    push('large', 'x'.repeat(100))
    expect(seen).toEqual([])
  })

  test('of a request whose message resumes reading comes before what waits', () => {
    const { queue, seen, push, onMessage } = inbound()
    queue.pause()
    push('first', 'a', 'b')
    push('second', 'c')
    onMessage((message) => {
      if (message !== 'a') return
      queue.pause()
      queue.resume()
    })
    queue.resume()
    expect(seen).toEqual(['a', 'b', 'first taken', 'c', 'second taken'])
  })

  test('is answered and forgotten when nobody receives any more', () => {
    const { queue, seen, push } = inbound()
    queue.pause()
    push('first', 'a')
    queue.discard()
    queue.resume()
    expect(seen).toEqual(['first taken'])
  })
})
