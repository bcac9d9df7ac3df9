import { ClientError, createClient, newId } from '@stomping-ground/client'
import type { Client } from '@stomping-ground/client'
import { WebSocket } from 'ws'
import { WEBSOCKET_PATH, chatMessage, roomTopic } from '../contract/index.js'

/** Refusals that say: later. The message goes again under the same id, and is kept once. */
const PASSING = new Set(['broker-unavailable', 'history-unavailable', 'unconfirmed', 'service-unavailable'])

/** One session in a room, which listens to all of it and talks, whatever becomes of its connection. */
export class Talker {
  /** Ids of what it said and was told to be kept, in the order of its saying. */
  readonly kept: string[] = []
  /** Ids of what it heard, in the order of their coming. */
  readonly heard: string[] = []
  readonly complaints: string[] = []
  /** When its sessions ended, and the close codes. */
  readonly ends: { readonly at: number; readonly code: number | undefined }[] = []
  readonly room: string
  readonly #client: Client
  #offset = 0
  #waiting: { readonly wanted: () => boolean; readonly done: () => void } | undefined

  constructor(url: string, room: string) {
    this.room = room
    this.#client = createClient({
      url: new URL(WEBSOCKET_PATH, url.replace('http', 'ws')),
      WebSocket,
      backoff: { baseMs: 200, capMs: 2_000 },
      outgoing: { attempts: 100 },
      // Whatever the cause: these faults pass.
      mayReconnect: () => true,
      onError: (error) => this.complaints.push(String(error)),
    })
    this.#client.connection.subscribe(() => {
      const state = this.#client.connection.getSnapshot()
      if (state.kind === 'waiting') this.ends.push({ at: Date.now(), code: state.end.code })
    })
    void this.#client.connect()
    this.#client.subscribe(
      roomTopic.to({ roomId: room }),
      ({ body, headers }) => {
        const offset = Number(headers['x-stream-offset'])
        if (!(offset > this.#offset)) this.complaints.push(`${offset} after ${this.#offset}`)
        this.#offset = offset
        this.heard.push(body.id)
        this.#look()
      },
      { from: 'first' },
    )
  }

  get isConnected(): boolean {
    return this.#client.connection.getSnapshot().kind === 'connected'
  }

  /** Says one thing, and resolves when it is kept. */
  async talk(): Promise<void> {
    const id = newId()
    const body = { type: 'TALK', roomId: this.room, sender: 'talker', message: 'hello', id } as const
    for (;;) {
      try {
        await this.#client.send(chatMessage.to({}), { body, id })
        this.kept.push(id)
        return
      } catch (error) {
        if (!(error instanceof ClientError) || !PASSING.has(error.code)) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  /** Resolves when it is connected. */
  connected(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!this.isConnected) return
        stop()
        resolve()
      }
      const stop = this.#client.connection.subscribe(look)
      if (this.isConnected) {
        stop()
        resolve()
      }
    })
  }

  /** Resolves when it has heard so many. */
  hears(count: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting = { wanted: () => this.heard.length >= count, done }
      this.#look()
    })
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #look(): void {
    if (this.#waiting?.wanted() === true) this.#waiting.done()
  }
}
