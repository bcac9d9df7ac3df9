import { FrameDecoder, FrameError } from '@stomping-ground/codec'
import type { DecoderLimits } from '@stomping-ground/codec'
import { Conversation } from './conversation.js'
import type { Knowledge } from './conversation.js'
import { mutate, pieces } from './mutate.js'
import type { Random } from './random.js'

/** Feeds one input to a decoder. @throws Error when it does anything but frames and one FrameError, or holds too much */
export function fuzzDecoder(random: Random): { frames: number; code: string | undefined } {
  const limits: DecoderLimits = {
    frameBytes: random.pick([64, 1_000, 1_000_000]),
    headerCount: random.pick([2, 100]),
    headerBytes: random.pick([32, 1_000, 100_000]),
  }
  const version = random.pick(['1.0', '1.1', '1.2'] as const)
  const from = random.pick(['client', 'client', 'server'] as const)
  const stream = mutate(random, anybody(random), anybody(random))
  const decode = (chunks: Iterable<Uint8Array>): { frames: number; code: string | undefined } => {
    const decoder = new FrameDecoder(limits, from)
    decoder.version = version
    let frames = 0
    for (const chunk of chunks) {
      decoder.push(chunk)
      try {
        while (decoder.read() !== undefined) frames++
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        return { frames, code: error.code }
      }
      if (decoder.bufferedBytes > limits.frameBytes)
        throw new Error(`It holds ${decoder.bufferedBytes} bytes`)
    }
    return { frames, code: undefined }
  }
  const outcome = decode(pieces(random, stream))
  const whole = decode([Buffer.from(stream, 'latin1')])
  if (whole.frames !== outcome.frames || whole.code !== outcome.code) {
    throw new Error(`In pieces ${JSON.stringify(outcome)}, as a whole ${JSON.stringify(whole)}`)
  }
  return outcome
}

function anybody(random: Random): string {
  const nothing: Knowledge = {
    connected: false,
    version: '1.2',
    deliveries: [],
    addresses: [],
    subscriptions: new Set(),
    transactions: new Set(),
  }
  return new Conversation(random, nothing, random.chance(0.5)).stream()
}
