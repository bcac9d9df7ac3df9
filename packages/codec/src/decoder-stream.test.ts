import { describe, expect, test } from 'vitest'
import type { Frame } from './index.js'
import { decoderOf, LIMITS, plain, PLATFORMS } from './testing/kit.js'

describe.each(PLATFORMS)('the stream, %s', (_, codec) => {
  const bytes = codec.utf8Encode
  const readAll = (decoder: InstanceType<typeof codec.FrameDecoder>): Frame[] => {
    const frames: Frame[] = []
    for (let frame = decoder.read(); frame !== undefined; frame = decoder.read()) frames.push(frame)
    return frames
  }

  test('a version set between two frames of one chunk applies to the second', () => {
    const decoder = decoderOf(codec)
    decoder.push(
      bytes('CONNECT\naccept-version:1.0\n\n\0SEND\na: \\c\\r \n\n\0SEND\na:\\c\n\n\0SEND\na:\\r\n\n\0'),
    )
    expect(decoder.read()?.command).toBe('CONNECT')
    decoder.version = '1.0'
    expect(decoder.read()?.headers.get('a')).toBe('\\c\\r')
    decoder.version = '1.1'
    expect(decoder.read()?.headers.get('a')).toBe(':')
    expect(() => decoder.read()).toThrow('STOMP 1.1')
  })

  test('pushes pile up undecoded, and an error in them shows only when it is reached', () => {
    const decoder = decoderOf(codec)
    decoder.push(bytes('BEGIN\ntransaction:1\n\n\0BEG'))
    decoder.push(bytes('IN\ntransaction:2\n\n\0junk that is no frame'))
    expect(decoder.bufferedBytes).toBe(65)
    expect(decoder.read()?.headers.get('transaction')).toBe('1')
    expect(decoder.read()?.headers.get('transaction')).toBe('2')
    expect(() => decoder.read()).toThrow(codec.FrameError)
  })

  test('stays broken: read throws the same error again, push is ignored, nothing is held', () => {
    const decoder = decoderOf(codec)
    decoder.push(bytes('BEGIN\n\n\0junk\n'))
    decoder.read()
    const errors: unknown[] = []
    for (let i = 0; i < 3; i++) {
      try {
        decoder.read()
      } catch (error) {
        errors.push(error)
      }
      expect(decoder.bufferedBytes).toBe(0)
      decoder.push(bytes('BEGIN\n\n\0'))
      expect(decoder.bufferedBytes).toBe(0)
    }
    expect(errors).toHaveLength(3)
    expect(errors[0]).toBeInstanceOf(codec.FrameError)
    expect(new Set(errors).size).toBe(1)
  })

  test('bufferedBytes counts what is pushed and not yet read as part of a whole frame', () => {
    const decoder = decoderOf(codec)
    expect(decoder.bufferedBytes).toBe(0)
    decoder.push(bytes('\n\nSEND\n\nbo'))
    expect(decoder.bufferedBytes).toBe(10)
    expect(decoder.read()).toBeUndefined()
    expect(decoder.bufferedBytes).toBe(8)
    decoder.push(bytes('dy\0\n'))
    expect(decoder.bufferedBytes).toBe(12)
    expect(decoder.read()?.body).toEqual(bytes('body'))
    expect(decoder.bufferedBytes).toBe(1)
    expect(decoder.read()).toBeUndefined()
    expect(decoder.bufferedBytes).toBe(0)
  })

  test('an empty chunk changes nothing', () => {
    const decoder = decoderOf(codec)
    decoder.push(new Uint8Array(0))
    expect(decoder.read()).toBeUndefined()
    decoder.push(bytes('BEGIN\n\n'))
    decoder.push(new Uint8Array(0))
    expect(decoder.read()).toBeUndefined()
    decoder.push(Uint8Array.of(0))
    expect(decoder.read()?.command).toBe('BEGIN')
  })

  test('a body in a chunk that holds the whole frame is a view on the chunk', () => {
    const decoder = decoderOf(codec)
    const memory = new Uint8Array(100)
    const frame = bytes('SEND\n\nbody\0')
    memory.set(frame, 7)
    decoder.push(memory.subarray(7, 7 + frame.length))
    const { body } = decoder.read()!
    expect(body.buffer).toBe(memory.buffer)
    expect([body.byteOffset, body.length]).toEqual([13, 4])
    expect(body).toEqual(bytes('body'))
  })

  test('bodies stay as they were while the stream goes on, whatever the cut', () => {
    const decoder = decoderOf(codec)
    const bodies = Array.from({ length: 400 }, (_body, i) => `body ${i} `.repeat(1 + (i % 40)))
    const stream = bytes(bodies.map((body) => `SEND\na:b\n\n${body}\0`).join(''))
    const frames: Frame[] = []
    for (let i = 0, size = 1; i < stream.length; i += size, size = 1 + ((size * 7) % 501)) {
      decoder.push(stream.slice(i, i + size))
      if (size % 3 > 0) frames.push(...readAll(decoder))
    }
    frames.push(...readAll(decoder))
    expect(frames.map(({ body }) => codec.utf8Decode(body))).toEqual(bodies)
  })

  test('what is left over of one chunk does not change the chunk', () => {
    const decoder = decoderOf(codec)
    const memory = bytes('SEND\n\na\0SEND\n\nb')
    const before = memory.slice()
    decoder.push(memory.subarray(0, 9))
    const first = decoder.read()!
    decoder.push(bytes('END\n\nc\0'))
    expect(plain(codec, decoder.read()!).body).toBe('c')
    expect(memory).toEqual(before)
    expect(first.body).toEqual(bytes('a'))
  })

  test.each(['', 'content-length:4194304\n'])(
    'a 4 MiB body that comes octet by octet takes linear time (%j)',
    (line) => {
      const decoder = decoderOf(codec, { limits: { frameBytes: 1 << 23 } })
      const octet = Uint8Array.of(0x61)
      decoder.push(bytes(`SEND\n${line}\n`))
      for (let i = 0; i < 1 << 22; i++) {
        decoder.push(octet)
        if (decoder.read() !== undefined) throw new Error('too early')
      }
      decoder.push(Uint8Array.of(0))
      expect(decoder.read()?.body.length).toBe(1 << 22)
    },
  )

  test('chunks of many frames that pile up take linear time', () => {
    const decoder = decoderOf(codec)
    const chunk = bytes('SEND\na:b\n\nbody\0'.repeat(500) + 'SEN')
    const rest = bytes('D\n\n\0')
    let count = 0
    for (let i = 0; i < 1000; i++) {
      decoder.push(chunk)
      decoder.push(rest)
      for (let k = 0; k < 100 && decoder.read() !== undefined; k++) count++
    }
    count += readAll(decoder).length
    expect(count).toBe(501_000)
    expect(decoder.bufferedBytes).toBe(0)
  })

  test('decoders do not share anything', () => {
    const [one, two] = [decoderOf(codec), decoderOf(codec)]
    one.push(bytes('SEND\na:1\nb'))
    two.push(bytes('SEND\na:2\nc'))
    expect([one.read(), two.read()]).toEqual([undefined, undefined])
    one.push(bytes(':3\n\n\0'))
    two.push(bytes(':4\n\n\0'))
    expect([...one.read()!.headers]).toEqual([
      ['a', '1'],
      ['b', '3'],
    ])
    expect([...two.read()!.headers]).toEqual([
      ['a', '2'],
      ['c', '4'],
    ])
  })

  test('is for the commands of clients and for 1.2 unless told otherwise', () => {
    const decoder = new codec.FrameDecoder(LIMITS)
    expect(decoder.version).toBe('1.2')
    decoder.push(bytes('SEND\r\n\r\n\0'))
    expect(decoder.read()?.command).toBe('SEND')
  })
})
