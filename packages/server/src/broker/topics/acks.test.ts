import { describe, expect, test } from 'vitest'
import { Unacked } from './acks.js'

describe.each(['client', 'client-individual'] as const)('what a subscription with ack:%s holds', (mode) => {
  function holding(...ids: string[]): Unacked<string> {
    const unacked = new Unacked<string>(mode)
    for (const id of ids) unacked.add(id, `held ${id}`)
    return unacked
  }

  test('is taken out in the order of delivery (STOMP 1.2 "SUBSCRIBE ack Header")', () => {
    const unacked = holding('b', 'a', 'c')
    // ack:client "operates on the message specified in the ACK frame and all messages sent to the subscription before"
    expect(unacked.settle('a')).toEqual(mode === 'client' ? ['held b', 'held a'] : ['held a'])
    expect(unacked.size).toBe(mode === 'client' ? 1 : 2)
    expect(unacked.has('a')).toBe(false)
    expect(unacked.has('b')).toBe(mode === 'client-individual')
    expect(unacked.has('c')).toBe(true)
  })

  test('is settled once, and an id that it does not hold settles nothing', () => {
    const unacked = holding('a', 'b')
    expect(unacked.settle('a')).toEqual(['held a'])
    expect(unacked.settle('a')).toEqual([])
    expect(unacked.settle('other')).toEqual([])
    expect(unacked.size).toBe(1)
  })

  test('a message that was given back and delivered again stands behind what came meanwhile', () => {
    const unacked = holding('a', 'b')
    unacked.settle('a')
    unacked.add('a', 'held again')
    expect(unacked.settle('a')).toEqual(mode === 'client' ? ['held b', 'held again'] : ['held again'])
  })

  test('is cleared as a whole', () => {
    const unacked = holding('a', 'b')
    expect(unacked.clear()).toEqual(['held a', 'held b'])
    expect(unacked.size).toBe(0)
    expect(unacked.clear()).toEqual([])
  })
})
