import { ChatMessage } from '../../contract/index.js'
import { BOUNDS } from '../../contract/index.js'
import type { SearchHit, SearchResults } from '../../contract/index.js'
import { codePoints } from '../names/text.js'
import { may, policy } from '../policy.js'
import type { Person } from '../policy.js'
import { refusal } from '../refusal.js'
import type { Care } from '../rooms/care.js'
import type { Rooms } from '../rooms/rooms.js'
import type { Candidate, MessageIndex } from './message-index.js'
import { gramsOfWord, rangesOf, wordsOf } from './search-text.js'

export interface SearchOptions {
  readonly index: Pick<MessageIndex, 'find'>
  readonly rooms: Pick<Rooms, 'all' | 'has' | 'get'>
  readonly care: Pick<Care, 'findToRead'>
  readonly epoch: () => string
  /** Hits of one page. */
  readonly page: number
}

export interface Wanted {
  readonly words: string
  readonly roomId?: string | undefined
  /** What `next` was. */
  readonly before?: number | undefined
}

/** Messages that are read from the index at a time, and for one page: what was not looked at then is for the next. */
const AT_ONCE = 100
const EXAMINED = 500
/** The index is asked for so few rooms by name. Of more it is asked for all, and what is in others is left out. */
const NAMED_ROOMS = 100
const RANGES = 50

/** Finds messages that somebody may read: who that is is asked at the moment of the search. */
export class Search {
  readonly #options: SearchOptions

  constructor(options: SearchOptions) {
    this.#options = options
  }

  /**
   * The newest that have all of the words.
   *
   * @throws StompError `search-empty` or `search-too-long`; of one room also those of being in it
   */
  async find(
    who: Person,
    { words: asked, roomId, before = Number.MAX_SAFE_INTEGER }: Wanted,
  ): Promise<SearchResults> {
    const { index, page } = this.#options
    if (codePoints(asked) > BOUNDS.search) throw refusal('search-too-long')
    const words = wordsOf(asked)
    if (words.length === 0) throw refusal('search-empty')
    const grams = [...new Set(words.flatMap(gramsOfWord))]
    const rooms = await this.#rooms(who, roomId)
    if (rooms?.length === 0) return { hits: [] }

    const hits: SearchHit[] = []
    let [last, examined] = [before, 0]
    while (examined < EXAMINED) {
      const candidates = await index.find({ grams, rooms, before: last, count: AT_ONCE })
      examined += candidates.length
      for (const candidate of candidates) {
        last = candidate.id
        const hit = this.#hit(who, candidate, words, roomId)
        if (hit !== undefined && hits.push(hit) === page) return { hits, next: String(last) }
      }
      if (candidates.length < AT_ONCE) return { hits }
    }
    return { hits, next: String(last) }
  }

  /** The rooms that the index is asked about; `undefined`: all. */
  async #rooms(who: Person, roomId: string | undefined): Promise<readonly string[] | undefined> {
    const { rooms, care } = this.#options
    if (roomId !== undefined) return [(await care.findToRead(who, roomId)).id]
    const all = rooms.all()
    const readable = all.filter((room) => may(policy.beInRoom, { who, room }))
    if (readable.length === all.length || readable.length > NAMED_ROOMS) return undefined
    return readable.map(({ id }) => id)
  }

  #hit(
    who: Person,
    { roomId, offset, epoch, message: json }: Candidate,
    words: readonly string[],
    only: string | undefined,
  ): SearchHit | undefined {
    const { rooms } = this.#options
    if (only !== undefined && roomId !== only) return undefined
    // What the index has of a room that is gone, or of an earlier numbering, goes from it by and by.
    if (epoch !== this.#options.epoch() || !rooms.has(roomId)) return undefined
    if (!may(policy.beInRoom, { who, room: rooms.get(roomId) })) return undefined
    const message = ChatMessage.safeParse(JSON.parse(json))
    if (!message.success) return undefined
    const ranges = rangesOf(message.data.message, words, RANGES)
    return ranges === undefined ? undefined : { roomId, offset, epoch, message: message.data, ranges }
  }
}
