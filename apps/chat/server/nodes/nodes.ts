import type { Logger } from 'pino'
import type { Channel, Cluster } from 'stomping-ground'
import type { Place } from '../../contract/index.js'
import { News } from './news.js'
import type { Why } from './news.js'
import type { Rereading } from './rereading.js'

export interface NodesOptions {
  readonly rereading: Pick<Rereading, 'room'>
  /** Something was said on another node. */
  readonly said: (roomId: string, place: Place) => void
  readonly loginsEnded: (ids: readonly string[]) => void
  readonly nameRegistered: (name: string) => void
  /** Something may have changed of which nothing was heard. */
  readonly missed: () => void
  readonly log: Logger
}

/** Sign-ins of one message. */
const AT_ONCE = 1_000

/**
 * The other nodes of the chat. What is kept changes first, in the database; then they are told, and each sees to it that
 * those who are connected to it have what they may have, and hear of it.
 */
export class Nodes {
  readonly #parts: NodesOptions
  #channel: Channel<News> | undefined

  constructor(parts: NodesOptions) {
    this.#parts = parts
  }

  /** Before the server starts. */
  open(cluster: Pick<Cluster, 'channel'>): void {
    this.#channel = cluster.channel<News>('chat', {
      heard: (news, node) => this.#heard(news, node.name),
      missed: () => this.#parts.missed(),
    })
  }

  /** A room has changed in the database. @param why what those are told who have to leave it by this */
  room(roomId: string, why?: Why): void {
    this.#channel?.tell({ type: 'ROOM', roomId, ...(why !== undefined && { why }) })
  }

  said(roomId: string, place: Place): void {
    this.#channel?.tell({ type: 'SAID', roomId, ...place })
  }

  loginsEnded(ids: readonly string[]): void {
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      this.#channel?.tell({ type: 'LOGINS_ENDED', ids: ids.slice(i, i + AT_ONCE) })
    }
  }

  nameRegistered(name: string): void {
    this.#channel?.tell({ type: 'NAME_REGISTERED', name })
  }

  #heard(told: unknown, node: string): void {
    const read = News.safeParse(told)
    if (!read.success)
      return this.#parts.log.warn({ node }, 'another node tells something that is not known here')
    const news = read.data
    if (news.type === 'ROOM') this.#parts.rereading.room(news.roomId, news.why as Why)
    else if (news.type === 'SAID') this.#parts.said(news.roomId, { offset: news.offset, epoch: news.epoch })
    else if (news.type === 'LOGINS_ENDED') this.#parts.loginsEnded(news.ids)
    else this.#parts.nameRegistered(news.name)
  }
}
