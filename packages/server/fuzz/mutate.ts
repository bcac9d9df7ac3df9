import type { Random } from './random.js'
import { TOKENS } from './vocabulary.js'

/** The stream with its octets disturbed here and there: or, one time in three, as it was. */
export function mutate(random: Random, stream: string, other: string): string {
  if (random.chance(0.33)) return stream
  let mutated = stream
  for (let i = 1 + random.below(3); i > 0; i--) mutated = mutateOnce(random, mutated, other)
  return mutated
}

function mutateOnce(random: Random, stream: string, other: string): string {
  const at = random.below(stream.length + 1)
  const to = Math.min(stream.length, at + random.below(20))
  switch (random.below(9)) {
    case 0:
      return stream.slice(0, at) + random.octets(1) + stream.slice(at + 1)
    case 1:
      return stream.slice(0, at) + random.octets(random.below(12)) + stream.slice(at)
    case 2:
      return stream.slice(0, at) + stream.slice(to)
    case 3:
      return stream.slice(0, to) + stream.slice(at)
    case 4:
      return stream.slice(0, at)
    case 5:
      return stream.slice(0, at) + other.slice(random.below(other.length + 1))
    case 6:
      return stream.slice(0, at) + random.pick(TOKENS) + stream.slice(at)
    case 7:
      return stream.slice(0, at) + random.octets(random.below(200))
    default: {
      // One bit of one octet.
      const flipped = (stream.charCodeAt(at) || 0) ^ (1 << random.below(8))
      return stream.slice(0, at) + String.fromCharCode(flipped & 0xff) + stream.slice(at + 1)
    }
  }
}

/** How the octets arrive: all at once, one by one, or in pieces of any size. */
export function* pieces(random: Random, stream: string): Iterable<Uint8Array> {
  const bytes = Buffer.from(stream, 'latin1')
  const way = random.below(10)
  const most = way < 5 ? bytes.length : way < 7 ? 1 : 1 + random.below(80)
  for (let at = 0; at < bytes.length;) {
    const size = most === bytes.length || most === 1 ? most : 1 + random.below(most)
    yield bytes.subarray(at, at + size)
    at += size
  }
}
