import { describe, expect, it } from 'vitest'
import { ManualClock } from 'stomping-ground/testing'
import { Tap } from './socket.js'
import type { ClientSocket } from './socket.js'

class FakeSocket implements ClientSocket {
  onopen: ClientSocket['onopen'] = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onerror: ClientSocket['onerror'] = null
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null
  readyState = 1
  readonly sent: unknown[] = []
  closes = 0

  send(data: unknown): void {
    this.sent.push(data)
  }

  close(): void {
    this.closes++
  }
}

function tapped() {
  const socket = new FakeSocket()
  const clock = new ManualClock()
  const ends: string[] = []
  const tap = new Tap(socket, clock, (code, reason) => ends.push(`${code} ${reason}`))
  return { socket, clock, ends, tap, hears: (data = '\n') => socket.onmessage?.({ data }) }
}

describe('a tapped socket', () => {
  it('answers what comes with a heart-beat, when nothing has gone out for half an interval', async () => {
    const { socket, clock, tap, hears } = tapped()
    tap.answerHeartbeats(10_000)
    await clock.advance(4_999)
    hears()
    expect(socket.sent).toEqual([])
    await clock.advance(1)
    hears()
    expect(socket.sent).toEqual(['\n'])
    hears()
    tap.send('frame')
    await clock.advance(4_999)
    hears('MESSAGE')
    expect(socket.sent).toEqual(['\n', 'frame'])
  })

  it('answers nothing where the server wants no heart-beats', async () => {
    const { socket, clock, tap, hears } = tapped()
    tap.answerHeartbeats(0)
    await clock.advance(60_000)
    hears()
    expect(socket.sent).toEqual([])
  })

  it('knows when something was last heard', async () => {
    const { clock, tap, hears } = tapped()
    await clock.advance(100)
    expect(tap.heardAt).toBe(0)
    hears()
    expect(tap.heardAt).toBe(100)
  })

  it('reports its end once, to both who listen', () => {
    const { socket, tap, ends } = tapped()
    const closes: unknown[] = []
    Object.assign(tap, { onclose: (event: unknown) => closes.push(event) })
    socket.onclose!({ code: 1012, reason: 'server restarts' })
    socket.onclose!({})
    tap.terminate()
    expect(ends).toEqual(['1012 server restarts'])
    expect(closes).toEqual([{ code: 1012, reason: 'server restarts' }])
    expect(tap.readyState).toBe(3)
  })

  it('lets go of a dead socket at once, and sends nothing more to it', () => {
    const { socket, tap, ends, hears } = tapped()
    tap.terminate()
    expect(ends).toEqual(['1006 heart-beats missing'])
    expect(socket.closes).toBe(1)
    tap.send('x')
    hears()
    expect(socket.sent).toEqual([])
  })
})
