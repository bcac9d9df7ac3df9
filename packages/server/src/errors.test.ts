import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { FrameErrorCode } from '@stomping-ground/codec'
import { DISCONNECTS, ERRORS, StompError } from './errors.js'
import type { DisconnectReason } from './errors.js'

// The compiler compares it with the codec.
const FRAME_ERRORS: Record<FrameErrorCode, true> = {
  'command-unknown': true,
  'header-malformed': true,
  'header-not-utf8': true,
  'escape-undefined': true,
  'content-length-invalid': true,
  'body-not-allowed': true,
  'body-not-terminated': true,
  'too-many-headers': true,
  'headers-too-large': true,
  'frame-too-large': true,
}

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of the table under a heading, cell by cell. */
function table(heading: string): string[][] {
  const section = page.split('\n## ').find((text) => text.startsWith(`${heading}\n`))
  const rows = (section ?? '').split('\n').filter((line) => line.startsWith('| `'))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const coded = (name: string): string => `\`${name}\``

describe('docs/errors.md', () => {
  test('explains every code with which the server refuses, in the order of errors.ts', () => {
    expect(table('Refusals').map(([code]) => code)).toEqual(Object.keys(ERRORS).map(coded))
  })

  test('explains every code of a frame that cannot be read', () => {
    expect(table('Frames that are no STOMP').map(([code]) => code)).toEqual(
      Object.keys(FRAME_ERRORS).map(coded),
    )
  })

  test('says for each code when it comes and what to do', () => {
    for (const row of [...table('Refusals'), ...table('Frames that are no STOMP')]) {
      expect(row).toHaveLength(3)
      for (const cell of row) expect(cell).not.toBe('')
    }
  })

  test('tells of every way in which a session ends: close code, text, and whether to come again', () => {
    const reasons: DisconnectReason[] = Object.values(DISCONNECTS)
    expect(table('How sessions end').map((row) => row.slice(0, 4))).toEqual(
      reasons.map(({ name, closeCode, text, reconnect }) => [
        coded(name),
        `${closeCode}`,
        text,
        reconnect ? 'yes' : 'no',
      ]),
    )
  })
})

describe('the tables', () => {
  test('no code is both the server’s and the codec’s', () => {
    expect(Object.keys(ERRORS).filter((code) => code in FRAME_ERRORS)).toEqual([])
  })

  test('every code is of lower-case words, every message one line that tells nothing of the server’s insides', () => {
    for (const [code, message] of Object.entries(ERRORS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(message).toMatch(/^[A-Z][^\n]*\.$/)
    }
  })

  test('a reason is called as it is listed, and its text fits into a close frame (RFC 6455 section 5.5)', () => {
    for (const [name, reason] of Object.entries(DISCONNECTS)) {
      expect(reason.name).toBe(name)
      expect(Buffer.byteLength(reason.text)).toBeLessThanOrEqual(123)
    }
  })
})

describe('a StompError', () => {
  test('has the table’s message where it is given none', () => {
    const error = new StompError('too-many-subscriptions')
    expect(error.message).toBe(ERRORS['too-many-subscriptions'])
    expect(error).toMatchObject({ name: 'StompError', code: 'too-many-subscriptions', detail: undefined })
    expect(error).toBeInstanceOf(Error)
  })

  test('may have a message, a detail and a cause of its own, and a code of the application’s', () => {
    const cause = new Error('why')
    const error = new StompError('room-full', 'No place left.', { detail: '50 of 50', cause })
    expect(error).toMatchObject({ code: 'room-full', message: 'No place left.', detail: '50 of 50', cause })
    expect(new StompError('room-full').message).toBe('room-full')
  })
})
