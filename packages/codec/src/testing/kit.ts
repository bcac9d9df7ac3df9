import { vi } from 'vitest'
import * as nodeCodec from '../index.js'
import type { DecoderLimits, Frame, FrameErrorCode, StompVersion } from '../index.js'

export type Codec = typeof nodeCodec

/** The package as a browser loads it: no Buffer, only the Encoding Standard. */
async function webCodec(): Promise<Codec> {
  vi.resetModules()
  vi.stubGlobal('Buffer', undefined)
  try {
    return await import('../index.js')
  } finally {
    vi.unstubAllGlobals()
    vi.resetModules()
  }
}

/** All tests of bytes run on both paths of `platform.ts`. */
export const PLATFORMS: readonly (readonly [name: string, codec: Codec])[] = [
  ['with Buffer', nodeCodec],
  ['without Buffer', await webCodec()],
]

export const VERSIONS: readonly StompVersion[] = ['1.0', '1.1', '1.2']
export const LIMITS: DecoderLimits = { frameBytes: 1 << 20, headerCount: 64, headerBytes: 1 << 14 }

export interface Reading {
  readonly version?: StompVersion
  readonly from?: 'client' | 'server'
  readonly limits?: Partial<DecoderLimits>
}

/** A frame as values that compare well: the body as text. */
export interface PlainFrame {
  readonly command: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** What a stream came to: its frames, and the error that ended it. */
export interface Outcome {
  readonly frames: PlainFrame[]
  readonly error?: { readonly code: FrameErrorCode; readonly message: string; readonly receiptId?: string }
}

export function decoderOf(codec: Codec, { version, from, limits }: Reading = {}): nodeCodec.FrameDecoder {
  const decoder = new codec.FrameDecoder({ ...LIMITS, ...limits }, from)
  if (version !== undefined) decoder.version = version
  return decoder
}

export function plain(codec: Codec, { command, headers, body }: Frame): PlainFrame {
  return { command, headers: [...headers], body: codec.utf8Decode(body) }
}

/** Reads a stream given in these chunks, each read dry before the next is pushed. Lets foreign errors through. */
export function outcomeOf(codec: Codec, chunks: Iterable<Uint8Array | string>, reading?: Reading): Outcome {
  const decoder = decoderOf(codec, reading)
  const frames: PlainFrame[] = []
  try {
    for (const chunk of chunks) {
      decoder.push(typeof chunk === 'string' ? codec.utf8Encode(chunk) : chunk)
      for (let frame = decoder.read(); frame !== undefined; frame = decoder.read())
        frames.push(plain(codec, frame))
    }
  } catch (error) {
    if (!(error instanceof codec.FrameError)) throw error
    const { code, message, receiptId } = error
    return { frames, error: { code, message, ...(receiptId !== undefined && { receiptId }) } }
  }
  return { frames }
}

/**
 * The outcome of one stream, cut in four ways: whole, octet by octet, and in chunks of 2 and of 7. Fails when the cuts
 * do not agree, so that each example is also an example of "any split".
 */
export function decode(codec: Codec, stream: Uint8Array | string, reading?: Reading): Outcome {
  const bytes = typeof stream === 'string' ? codec.utf8Encode(stream) : stream
  const whole = outcomeOf(codec, [bytes], reading)
  for (const size of [1, 2, 7]) {
    const cut = JSON.stringify(outcomeOf(codec, cutEvery(bytes, size), reading))
    if (cut !== JSON.stringify(whole))
      throw new Error(`In chunks of ${size}: ${cut}\nwhole: ${JSON.stringify(whole)}`)
  }
  return whole
}

export function* cutEvery(bytes: Uint8Array, size: number): Iterable<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.slice(i, i + size)
}

/** The only frame of a stream. */
export function decodeOne(codec: Codec, stream: Uint8Array | string, reading?: Reading): PlainFrame {
  const { frames, error } = decode(codec, stream, reading)
  if (error !== undefined || frames.length !== 1)
    throw new Error(`Not one frame: ${JSON.stringify({ frames, error })}`)
  return frames[0]!
}

/** The code of the error that a stream ends with, or `undefined`. */
export function codeOf(
  codec: Codec,
  stream: Uint8Array | string,
  reading?: Reading,
): FrameErrorCode | undefined {
  return decode(codec, stream, reading).error?.code
}
