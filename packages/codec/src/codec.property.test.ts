import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CLIENT_COMMANDS, type Command, type Frame, StompHeaders, type StompVersion } from './index.js'
import { cutEvery, decoderOf, outcomeOf, plain, PLATFORMS, VERSIONS } from './testing/kit.js'

const OPENING: ReadonlySet<Command> = new Set(['CONNECT', 'STOMP'])

/** Text with much of what is special in a head, and any other character; no lone surrogates, which UTF-8 cannot hold. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(':', '\\', '\n', '\r', ' ', 'n', 'c', 'r', 'a', '한', '\ufffd', '\ufeff'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
})

/** Names and values that the version can carry: see `encodeHead` for those that it cannot. */
function headersFor(version: StompVersion, command: Command): fc.Arbitrary<string[]> {
  const opens = OPENING.has(command)
  const without = (octets: RegExp) => text.map((value) => value.replace(octets, ''))
  const name = opens || version === '1.0' ? without(/[\0\n\r: ]/g) : without(/\0/g)
  const value = version === '1.0' ? without(/[\0\n\r ]/g) : opens ? without(/[\0\n\r]/g) : without(/\0/g)
  const nameOf = name.map((it) => (it === '' || it === 'content-length' ? 'x' : it))
  const lines = fc.array(fc.tuple(nameOf, value), { maxLength: 6 }).map((pairs) => pairs.flat())
  return opens && version !== '1.0' ? lines.map((flat) => [...flat, 'accept-version', '1.1']) : lines
}

function frameFor(version: StompVersion): fc.Arbitrary<Frame> {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 200, maxLength: 3000, size: 'max' }),
    fc.constant(new Uint8Array(0)),
  )
  return fc.constantFrom(...CLIENT_COMMANDS).chain((command) =>
    fc.record({
      command: fc.constant(command),
      headers: headersFor(version, command).map((flat) => new StompHeaders(flat)),
      body: command === 'SEND' ? body : fc.constant(new Uint8Array(0)),
    }),
  )
}

const lineEnds = fc.string({ unit: fc.constantFrom('\n', '\r\n'), maxLength: 3 })
const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 })

function* cutBy(bytes: Uint8Array, sizes: readonly number[]): Iterable<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.slice(at, at + size)
    at += size
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Octets that look like STOMP often enough to get past the first lines. */
const junk = fc
  .array(
    fc.oneof(
      fc.constantFrom(...CLIENT_COMMANDS.map((command) => `${command}\n`)),
      fc.constantFrom(
        '\n',
        '\r\n',
        '\0',
        '\n\n',
        '\n\n\0',
        ':',
        '\\',
        '\\t',
        '\\c',
        'receipt:7\n',
        '\xff',
        '한',
      ),
      fc.constantFrom('content-length:', 'content-length:3\n\n', '0', '1', 'a:b\n', 'accept-version:1.2\n'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

describe.each(PLATFORMS)('for all streams, %s', (_, codec) => {
  describe.each(VERSIONS)('%s', (version) => {
    const frames = fc.array(fc.tuple(lineEnds, frameFor(version)), { maxLength: 8 })
    const encoded = (stream: readonly (readonly [string, Frame])[]) =>
      concat(stream.flatMap(([ends, frame]) => [codec.utf8Encode(ends), codec.encodeFrame(frame, version)]))

    test('decoding what was encoded gives the same frame, but for the content-length that was added', () => {
      fc.assert(
        fc.property(frameFor(version), (frame) => {
          const decoder = decoderOf(codec, { version })
          decoder.push(codec.encodeFrame(frame, version))
          const { command, headers, body } = decoder.read()!
          const length = body.length > 0 ? ['content-length', String(body.length)] : []
          expect([command, headers.flat]).toEqual([frame.command, [...frame.headers.flat, ...length]])
          expect(body).toEqual(frame.body)
          expect([decoder.read(), decoder.bufferedBytes]).toEqual([undefined, 0])
        }),
        { numRuns: 500 },
      )
    })

    test('any split gives the same frames', () => {
      fc.assert(
        fc.property(frames, cuts, (stream, sizes) => {
          const bytes = encoded(stream)
          const whole = outcomeOf(codec, [bytes], { version })
          expect(whole.frames).toHaveLength(stream.length)
          expect(outcomeOf(codec, cutBy(bytes, sizes), { version })).toEqual(whole)
          expect(outcomeOf(codec, cutEvery(bytes, 1), { version })).toEqual(whole)
        }),
        { numRuns: 200 },
      )
    })

    test('reading at any times gives the same frames', () => {
      fc.assert(
        fc.property(frames, cuts, fc.array(fc.nat(2), { minLength: 1 }), (stream, sizes, reads) => {
          const bytes = encoded(stream)
          const decoder = decoderOf(codec, { version })
          const got = []
          let i = 0
          for (const chunk of cutBy(bytes, sizes)) {
            decoder.push(chunk)
            for (let n = reads[i++ % reads.length]!; n > 0; n--) got.push(decoder.read())
          }
          for (let frame = decoder.read(); frame !== undefined; frame = decoder.read()) got.push(frame)
          const read = got.filter((frame) => frame !== undefined).map((frame) => plain(codec, frame))
          expect(read).toEqual(outcomeOf(codec, [bytes], { version }).frames)
        }),
        { numRuns: 200 },
      )
    })

    test('junk throws nothing but FrameError, the same at any split', () => {
      const limits = { frameBytes: 60, headerCount: 3, headerBytes: 40 }
      fc.assert(
        fc.property(
          fc.oneof(junk.map(codec.utf8Encode), fc.uint8Array()),
          cuts,
          fc.boolean(),
          (bytes, sizes, tight) => {
            const reading = { version, ...(tight && { limits }) }
            const whole = outcomeOf(codec, [bytes], reading)
            expect(outcomeOf(codec, cutBy(bytes, sizes), reading)).toEqual(whole)
            expect(outcomeOf(codec, cutEvery(bytes, 1), reading)).toEqual(whole)
            expect(whole.error?.message ?? '').toMatch(/^[ -~]*$/)
          },
        ),
        { numRuns: 2000 },
      )
    })

    test('mutated frames throw nothing but FrameError, the same at any split', () => {
      const mutation = fc.tuple(
        fc.nat(),
        fc.constantFrom('set', 'cut', 'double'),
        fc.integer({ min: 0, max: 255 }),
      )
      fc.assert(
        fc.property(
          frames,
          fc.array(mutation, { minLength: 1, maxLength: 5 }),
          cuts,
          (stream, mutations, sizes) => {
            let bytes = encoded(stream)
            for (const [place, kind, octet] of mutations) {
              const at = place % (bytes.length + 1)
              const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
              if (kind === 'set') bytes = concat([before, Uint8Array.of(octet), after.subarray(1)])
              else if (kind === 'cut') bytes = concat([before, after.subarray(octet)])
              else bytes = concat([before, after.subarray(0, octet), after])
            }
            const whole = outcomeOf(codec, [bytes], { version })
            expect(outcomeOf(codec, cutBy(bytes, sizes), { version })).toEqual(whole)
          },
        ),
        { numRuns: 500 },
      )
    })
  })

  test('a plain frame whole in a chunk, read the short way, comes out as octet by octet, read the long way', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', 'z', '0', '9', '-', '/', '.', ':', ' '),
      minLength: 1,
      maxLength: 20,
    })
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(word, word).map(([name, value]) => `${name}:${value}\n`) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: -1, max: 12 }).map((length) => `content-length:${length}\n`),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('content-type:a\n', 'content-lengtg:1\n', 'Content-length:1\n'),
      },
    )
    const frame = fc
      .tuple(fc.constantFrom(...CLIENT_COMMANDS), fc.array(line, { maxLength: 6 }), fc.nat(12))
      .map(([command, lines, length]) => `${command}\n${lines.join('')}\n${'x'.repeat(length)}\0`)
    const limit = fc.record({
      frameBytes: fc.integer({ min: 1, max: 150 }),
      headerCount: fc.nat(7),
      headerBytes: fc.integer({ min: 1, max: 150 }),
    })
    const change = fc.option(fc.tuple(fc.nat(149), fc.constantFrom(0x00, 0x0a, 0x0d, 0x3a, 0x5c, 0x41, 0xc3)))
    fc.assert(
      fc.property(
        frame,
        frame,
        limit,
        change,
        fc.constantFrom(...VERSIONS),
        (one, two, limits, changed, version) => {
          const bytes = codec.utf8Encode(`${one}\n${two}`)
          if (changed !== null) bytes[changed[0] % bytes.length] = changed[1]
          const reading = { version, limits }
          expect(outcomeOf(codec, [bytes], reading)).toEqual(outcomeOf(codec, cutEvery(bytes, 1), reading))
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('holds no more than it was given', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 })), (chunks) => {
        const decoder = decoderOf(codec)
        let pushed = 0
        for (const chunk of chunks) {
          decoder.push(chunk)
          pushed += chunk.length
          expect(decoder.bufferedBytes).toBe(pushed)
        }
      }),
    )
  })
})

describe('the two platforms', () => {
  const [[, node], [, web]] = PLATFORMS as [(typeof PLATFORMS)[0], (typeof PLATFORMS)[0]]

  test('decode and encode any octets alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.string({ unit: 'binary' }), (bytes, string) => {
        expect(web.utf8Decode(bytes)).toBe(node.utf8Decode(bytes))
        expect(web.utf8Encode(string)).toEqual(node.utf8Encode(string))
      }),
      { numRuns: 1000 },
    )
  })

  test('come to the same outcome for any junk', () => {
    fc.assert(
      fc.property(junk, fc.uint8Array({ maxLength: 5 }), (start, end) => {
        const bytes = concat([node.utf8Encode(start), end])
        expect(outcomeOf(web, [bytes])).toEqual(outcomeOf(node, [bytes]))
      }),
      { numRuns: 1000 },
    )
  })
})
