import { randomUUID } from 'node:crypto'
import { STOMP_PATH } from '../contract/index.js'

/** A STOMP session over SockJS' xhr-polling, each request of which comes by a connection of its own. */
export class Polling {
  /** What became of it: frames of SockJS to their first line, without heart-beats, and statuses of requests that failed. */
  readonly came: string[] = []
  readonly #url: string
  #polls: Promise<void> | undefined
  #closed = false

  constructor(url: string) {
    this.#url = `${url}${STOMP_PATH}/000/${randomUUID()}`
  }

  /** Resolves when the server has its CONNECT; answers are in `came`. */
  async connect(): Promise<void> {
    await this.#poll()
    this.#polls = this.#pollOn()
    await this.send('CONNECT\naccept-version:1.2\nhost:chat\n\n\0')
  }

  async send(text: string): Promise<void> {
    const { status } = await this.#post('xhr_send', JSON.stringify([text]))
    if (status !== 204) this.came.push(`xhr_send: ${status}`)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.send('DISCONNECT\n\n\0')
    await this.#polls
  }

  async #pollOn(): Promise<void> {
    while (!this.#closed) await this.#poll()
  }

  async #poll(): Promise<void> {
    const response = await this.#post('xhr', '')
    const [first = ''] = (await response.text()).split(/\\n|\n/)
    if (!response.ok) this.came.push(`xhr: ${response.status}`)
    else if (first !== 'h') this.came.push(first)
  }

  #post(what: string, body: string): Promise<Response> {
    return fetch(`${this.#url}/${what}`, { method: 'POST', body, headers: { connection: 'close' } })
  }
}
