import { FrameDecoder, utf8Encode, type Frame } from '@stomping-ground/codec'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'

/** What is used of the parser of @stomp/stompjs, which its package does not export. */
interface RawFrame {
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly binaryBody: Uint8Array
}
interface Parser {
  parseChunk(segment: string | ArrayBuffer): void
}
interface ParserModule {
  readonly Parser: new (onFrame: (frame: RawFrame) => void, onIncomingPing: () => void) => Parser
}

interface Workload {
  readonly name: string
  readonly chunks: readonly Uint8Array<ArrayBuffer>[]
}

const CODEC = 'Stomping Ground'
const PARSER = 'the parser of @stomp/stompjs'
const ROUNDS = 21
const ROUND_MS = 30
const FRAME_BYTES = 200

/** Decoding, in MB (10^6 bytes) a second of one core; both subjects read two headers and the length of the body. */
export async function codecBench(): Promise<Comparison[]> {
  const { Parser } = (await import(
    new URL('parser.js', import.meta.resolve('@stomp/stompjs')).href
  )) as ParserModule
  const small = Array.from({ length: 64 }, (_frame, i) => smallFrame(i))
  const workloads: Workload[] = [
    { name: 'decode SEND of 200 bytes, each in a chunk', chunks: small },
    { name: 'decode SEND of 200 bytes, chunks of 64 KiB', chunks: [joined(small, 327)] },
    { name: 'decode SEND, body of 64 KiB', chunks: [frame(0, 65_536)] },
  ]
  const all: Comparison[] = []
  for (const workload of workloads) all.push(...(await comparisonOf(workload, Parser)))
  return all
}

async function comparisonOf(
  { name, chunks }: Workload,
  Parser: ParserModule['Parser'],
): Promise<Comparison[]> {
  const decoder = new FrameDecoder({ frameBytes: 1 << 20, headerCount: 64, headerBytes: 1 << 14 })
  let seen = 0
  const parser = new Parser(
    ({ headers, binaryBody }) => {
      seen += valueOf(headers, 'destination').length + valueOf(headers, 'receipt').length + binaryBody.length
    },
    () => {},
  )
  const buffers = chunks.map(({ buffer }) => buffer)
  const texts = chunks.map((chunk) => new TextDecoder().decode(chunk))
  const passes: (() => void)[] = [
    () => {
      for (const chunk of chunks) {
        decoder.push(chunk)
        for (let frame = decoder.read(); frame !== undefined; frame = decoder.read()) seen += use(frame)
      }
    },
    () => {
      for (const buffer of buffers) parser.parseChunk(buffer)
    },
    () => {
      for (const text of texts) parser.parseChunk(text)
    },
  ]
  const [first, ...others] = passes.map((pass) => {
    seen = 0
    pass()
    return seen
  })
  if (others.some((other) => other !== first)) throw new Error(`${name}: the subjects read different frames`)
  const megabytes = chunks.reduce((sum, { length }) => sum + length, 0) / 1e6
  const subjects = [CODEC, `${PARSER}, given an ArrayBuffer`, `${PARSER}, given a string`].map(
    (subject, i) => ({
      name: subject,
      pass: passes[i]!,
    }),
  )
  // Warms up.
  for (const { pass } of subjects) passesPerSecond(pass)
  return compare(subjects, ROUNDS, { speed: { workload: name, unit: 'MB/s', better: 'more' } }, ({ pass }) =>
    Promise.resolve({ speed: megabytes * passesPerSecond(pass) }),
  )
}

function passesPerSecond(pass: () => void): number {
  const start = performance.now()
  let passes = 0
  let elapsed: number
  do {
    pass()
    passes++
    elapsed = performance.now() - start
  } while (elapsed < ROUND_MS)
  return (1000 * passes) / elapsed
}

function use({ headers, body }: Frame): number {
  return (headers.get('destination')?.length ?? 0) + (headers.get('receipt')?.length ?? 0) + body.length
}

function valueOf(headers: RawFrame['headers'], name: string): string {
  for (const header of headers) if (header[0] === name) return header[1]
  return ''
}

function smallFrame(i: number): Uint8Array<ArrayBuffer> {
  const head = frame(i, 10).length - 10
  return frame(i, FRAME_BYTES - head)
}

/** A SEND as @stomp/stompjs writes it, with five headers; no two are the same. */
function frame(i: number, bodyBytes: number): Uint8Array<ArrayBuffer> {
  const head = [
    'SEND',
    'destination:/app/chat/message',
    'content-type:application/json',
    `receipt:message-${1000 + i}`,
    `x-message-id:${(0x1000_0000 + i * 0x9e37).toString(16)}`,
    `content-length:${bodyBytes}`,
  ].join('\n')
  return Uint8Array.from(utf8Encode(`${head}\n\n${'x'.repeat(bodyBytes)}\0`))
}

function joined(frames: readonly Uint8Array[], count: number): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(count * FRAME_BYTES)
  for (let i = 0; i < count; i++) chunk.set(frames[i % frames.length]!, i * FRAME_BYTES)
  return chunk
}
