import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { ROOM_BEHIND } from './marks.js'
import type { Seen } from './marks.js'
import type { Step } from './protocol.js'

/** What all links read into, one after the other. */
const BYTES = 262_144
const shared = Buffer.alloc(BYTES + ROOM_BEHIND)
const readable = shared.subarray(0, BYTES)

/** Takes what has arrived: the first `end` bytes of a buffer that is written over afterwards. */
export type Receive = (bytes: Buffer, end: number) => void

/** A connection of the load. It reads into one buffer that all share, so that reading costs next to nothing. */
export class Link implements Seen {
  readonly socket: Socket
  receive: Receive = () => {}
  split = false

  private constructor(port: number, readBytes: number | undefined, localAddress: string | undefined) {
    const own = readBytes === undefined ? undefined : Buffer.alloc(readBytes + ROOM_BEHIND)
    const buffer = own?.subarray(0, readBytes) ?? readable
    const taken = own ?? shared
    this.socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
      onread: {
        buffer,
        callback: (bytes) => {
          this.receive(taken, bytes)
          return true
        },
      },
    })
  }

  /**
   * Opens it and goes through the steps.
   *
   * @param readBytes reads no more at once: for a client that reads slowly
   */
  static async open(
    port: number,
    steps: readonly Step[],
    options: { readBytes?: number; localAddress?: string } = {},
  ): Promise<Link> {
    const link = new Link(port, options.readBytes, options.localAddress)
    await new Promise<void>((resolve, reject) => {
      link.socket.once('error', reject).once('connect', resolve)
    })
    await link.ask(...steps)
    return link
  }

  /** Sends each step and waits for its answer; all that comes until then is dropped. */
  async ask(...steps: readonly Step[]): Promise<void> {
    for (const { send, until } of steps) {
      if (until === '') {
        this.socket.write(send)
        continue
      }
      const answered = this.#until(until)
      this.socket.write(send)
      await answered
    }
  }

  #until(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = ''
      const closed = (): void =>
        reject(new Error(`The server closed the connection before it sent ${text}: ${seen}`))
      this.socket.once('close', closed)
      this.receive = (bytes, end) => {
        seen += bytes.toString('latin1', 0, end)
        if (/(^|\n)ERROR\n/.test(seen)) return reject(new Error(seen))
        if (!seen.includes(text)) return
        this.socket.off('close', closed)
        this.receive = () => {}
        resolve()
      }
    })
  }
}

/** Opens many, some at a time. */
export async function openAll<One>(
  count: number,
  atATime: number,
  open: (index: number) => Promise<One>,
): Promise<One[]> {
  const all = new Array<One>(count)
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      all[index] = await open(index)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, work))
  return all
}

export const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
