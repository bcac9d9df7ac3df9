import { pino } from 'pino'
import type { Logger } from 'pino'
import type { StompServer } from 'stomping-ground'
import type { ChatSession, ChatUser } from './accounts/account.js'
import type { ChatMessage } from '../contract/index.js'
import type { LogLevel } from './config.js'
import type { Names } from './names/names.js'
import type { KeptRoom } from './rooms/room.js'

/** Lines of JSON on standard error: what a person is to see stands alone on standard output. */
export function createLog(level: LogLevel): Logger {
  const output = pino.destination({ dest: 2, sync: true })
  // Whoever reads the log may go away; the chat stays.
  output.on('error', () => {})
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output)
}

/** Clients choose the text of these; the log keeps as much as tells them apart. */
const CUT = 200

/** Writes down what people do, each thing once. What they say is not written down. */
export class ActivityLog {
  readonly #log: Logger
  readonly #names: Names
  /** The rooms that a session left because it ended; why is known a moment later. */
  readonly #leaving = new WeakMap<ChatSession, string[]>()

  constructor(log: Logger, names: Names) {
    this.#log = log
    this.#names = names
  }

  roomMade({ id, name, owner, invitation }: KeptRoom): void {
    const more = owner === undefined ? {} : { owner: owner.name, private: invitation !== undefined }
    this.#log.info({ room: id, name, ...more }, 'room made')
  }

  /** What an owner did with a room, or somebody with their account. */
  did(what: string, about: Readonly<Record<string, string | number | undefined>>): void {
    this.#log.info(about, what)
  }

  passed(
    session: ChatSession,
    { type, roomId, sender }: Pick<ChatMessage, 'type' | 'roomId' | 'sender'>,
  ): void {
    this.#log.info(
      { session: session.id, room: roomId, name: sender },
      type === 'ENTER' ? 'entered' : 'talked',
    )
  }

  /** A session has no subscription to a room any more. */
  leftRoom(session: ChatSession, roomId: string): void {
    const name = this.#names.of(session)
    if (name === undefined) return
    if (!session.signal.aborted) {
      this.#log.info({ session: session.id, name, rooms: [roomId], reason: 'unsubscribed' }, 'left')
      return
    }
    const rooms = this.#leaving.get(session)
    if (rooms === undefined) this.#leaving.set(session, [roomId])
    else rooms.push(roomId)
  }

  /** Writes down what the server's events tell. */
  watch({ events }: StompServer<ChatUser>): void {
    events.on('connected', ({ session }) => {
      this.#log.debug({ session: session.id, remoteAddress: session.remoteAddress }, 'connected')
    })
    events.on('disconnected', ({ session, reason }) => {
      const name = this.#names.of(session)
      const ended = { session: session.id, reason: reason.name }
      if (name === undefined) this.#log.debug(ended, 'disconnected')
      else this.#log.info({ ...ended, name, rooms: this.#leaving.get(session) ?? [] }, 'left')
    })
    events.on('refused', ({ session, code, message, command, destination, remoteAddress }) => {
      // `failed` has told it, and why.
      if (code === 'handler-failed') return
      const where = { command, destination: destination?.slice(0, CUT), remoteAddress, session: session?.id }
      this.#log.warn({ code, reason: message.slice(0, CUT), ...where }, 'refused')
    })
    events.on('nodeJoined', ({ node }) => this.#log.info({ node: node.name }, 'node joined'))
    events.on('nodeLeft', ({ node, goodbye }) => this.#log.info({ node: node.name, goodbye }, 'node left'))
    events.on('rejected', ({ remoteAddress, status, message }) => {
      this.#log.warn({ status, reason: message.slice(0, CUT), remoteAddress }, 'connection refused')
    })
    events.on('failed', ({ session, error, during }) => {
      this.#log.error(
        {
          err: error,
          during: during.slice(0, CUT),
          session: session?.id,
          remoteAddress: session?.remoteAddress,
        },
        'failed',
      )
    })
  }
}
