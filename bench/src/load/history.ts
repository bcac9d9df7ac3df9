import { Link, openAll } from './link.js'
import { protocolOf } from './protocol.js'

export interface HistoryLoad {
  readonly port: number
  readonly publishers: number
  /** SENDs of one publisher that wait for their RECEIPT at once. */
  readonly window: number
  /** Messages of all publishers. */
  readonly messages: number
  /** Clients that come back at once, each this many messages behind. */
  readonly returning: number
  readonly behind: number
}

export interface HistoryResult {
  /** From SEND to commit, RECEIPT and delivery. */
  readonly durablePerSecond: number
  /** To one client that asks for everything. */
  readonly replayedPerSecond: number
  /** Until all that came back have what they missed. */
  readonly returnedMs: number
}

const ROOM = '/topic/kept/room'
const BODY = 'x'.repeat(128)

/** Frames end with NUL, and these bodies hold none. */
function framesIn(bytes: Buffer, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(0); at !== -1 && at < end; at = bytes.indexOf(0, at + 1)) count++
  return count
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function run(load: HistoryLoad): Promise<HistoryResult> {
  const protocol = protocolOf({ name: 'stomp-tcp', port: load.port, path: '' })
  const durablePerSecond = await publish(load, protocol)
  const replayedPerSecond = await replay(load, protocol)
  return { durablePerSecond, replayedPerSecond, returnedMs: await comeBack(load, protocol) }
}

async function publish(
  { port, publishers, window, messages }: HistoryLoad,
  protocol: ReturnType<typeof protocolOf>,
): Promise<number> {
  const watcher = await Link.open(port, protocol.open)
  await watcher.ask(...protocol.subscribe('w', ROOM))
  let delivered = 0
  watcher.receive = (bytes, end) => (delivered += framesIn(bytes, end))
  const links = await openAll(publishers, publishers, () => Link.open(port, protocol.open))
  const send = `SEND\ndestination:${ROOM}\nreceipt:r\n\n${BODY}\0`
  const sends = Array.from({ length: window + 1 }, (_, count) => Buffer.from(send.repeat(count)))
  let sent = 0
  let confirmed = 0
  const more = (link: Link, count: number): void => {
    const wanted = Math.min(count, messages - sent)
    sent += wanted
    if (wanted > 0) link.socket.write(sends[wanted]!)
  }
  for (const link of links) {
    link.receive = (bytes, end) => {
      const count = framesIn(bytes, end)
      confirmed += count
      more(link, count)
    }
  }
  const from = performance.now()
  for (const link of links) more(link, window)
  while (confirmed < messages || delivered < messages) await turn()
  const seconds = (performance.now() - from) / 1_000
  for (const link of [...links, watcher]) link.socket.destroy()
  return messages / seconds
}

async function replay(
  { port, messages }: HistoryLoad,
  protocol: ReturnType<typeof protocolOf>,
): Promise<number> {
  const link = await Link.open(port, protocol.open)
  let frames = 0
  link.receive = (bytes, end) => (frames += framesIn(bytes, end))
  const from = performance.now()
  link.socket.write(protocol.subscribe('r', ROOM, 'x-stream-offset:first\n')[0]!.send)
  while (frames < messages + 1) await turn()
  const seconds = (performance.now() - from) / 1_000
  link.socket.destroy()
  return messages / seconds
}

async function comeBack(
  { port, messages, returning, behind }: HistoryLoad,
  protocol: ReturnType<typeof protocolOf>,
): Promise<number> {
  const position = `x-stream-offset:offset=${messages - behind + 1}\n`
  const from = performance.now()
  await openAll(returning, returning, async () => {
    const link = await Link.open(port, protocol.open)
    let frames = 0
    await new Promise<void>((resolve) => {
      link.receive = (bytes, end) => {
        frames += framesIn(bytes, end)
        if (frames === behind + 1) resolve()
      }
      link.socket.write(protocol.subscribe('sub-0', ROOM, position)[0]!.send)
    })
    return link
  })
  return performance.now() - from
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as HistoryLoad)))
process.exit(0)
