import { expect, test } from 'vitest'
import { ManualClock } from '../testing/manual-clock.js'
import { Admission } from './admission.js'
import { Newcomer } from './newcomer.js'

/** The event loop's next turn, up to the moment at which writes are made. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A new connection where reading anything takes all the time that a turn has for it. */
function newcomer() {
  const clock = new ManualClock()
  const admission = new Admission({ clock, handshakeMs: 1, handshakesWaiting: 10 })
  const log: string[] = []
  const it = new Newcomer(
    {
      read: (bytes) => {
        log.push(bytes.toString())
        void clock.advance(1)
      },
      pause: () => log.push('pause'),
      resume: () => log.push('resume'),
      noLongerNew: () => log.push('no longer new'),
    },
    admission,
  )
  const brings = (text: string): void => it.brings(Buffer.from(text))
  return { it, brings, log, admission, clock }
}

test('is read at once where the turn has time, and in a later turn where it has none', async () => {
  const { brings, log } = newcomer()
  brings('a')
  expect(log).toEqual(['a'])
  brings('b')
  expect(log).toEqual(['a'])
  await nextTurn()
  expect(log).toEqual(['a', 'b'])
})

test('brings no more while two pieces wait, and they are read in order', async () => {
  const { brings, log } = newcomer()
  for (const text of ['a', 'b', 'c']) brings(text)
  expect(log).toEqual(['a', 'pause'])
  await nextTurn()
  expect(log).toEqual(['a', 'pause', 'resume', 'b'])
  await nextTurn()
  expect(log).toEqual(['a', 'pause', 'resume', 'b', 'c'])
})

test('is new until it has been read once after CONNECT has succeeded', async () => {
  const { it, brings, log } = newcomer()
  brings('CONNECT')
  it.connected()
  expect(log).toEqual(['CONNECT'])
  brings('SUBSCRIBE')
  await nextTurn()
  expect(log).toEqual(['CONNECT', 'no longer new', 'SUBSCRIBE'])
})

test('that has not connected yet stays new, however often it is read', async () => {
  const { brings, log } = newcomer()
  for (const text of ['CON', 'NE', 'CT']) {
    brings(text)
    await nextTurn()
    await nextTurn()
  }
  expect(log).toEqual(['CON', 'NE', 'CT'])
})

test('what has begun goes on before those that are new are let in, in order', async () => {
  const { brings, log, admission, clock } = newcomer()
  const enter = (name: string): boolean =>
    admission.enter({ destroyed: false, on: () => {}, off: () => {} }, () => {
      log.push(name)
      void clock.advance(1)
    })
  enter('first')
  enter('second')
  brings('a')
  admission.goOn(() => log.push('b'))
  expect(log).toEqual(['first'])
  await nextTurn()
  expect(log).toEqual(['first', 'a'])
  await nextTurn()
  expect(log).toEqual(['first', 'a', 'b', 'second'])
})
