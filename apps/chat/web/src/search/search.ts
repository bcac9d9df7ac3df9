import type { SearchHit } from '../../../contract/index.js'
import { asRefusal, type Api } from '../api.js'
import type { Refusal } from '../refusal.js'
import { createStore, type Store } from '../store.js'

export interface SearchState {
  readonly step: 'idle' | 'searching' | 'done' | 'failed'
  readonly hits: readonly SearchHit[]
  /** Where older ones are asked for. */
  readonly next: string | undefined
  readonly refusal: Refusal | undefined
}

const IDLE: SearchState = { step: 'idle', hits: [], next: undefined, refusal: undefined }

/** How long somebody has to stop typing. */
const PAUSE_MS = 250
/** So many pages in which nothing was found are followed by another one without being asked. */
const EMPTY_PAGES = 5
/** After something else, a letter of Hangul that is no syllable yet: what is typed is in the middle of one. */
const UNFINISHED = /.[\u3131-\u318e]$/su

/** Looks for messages while somebody types. */
export class Search {
  readonly #api: Pick<Api, 'search'>
  readonly #store = createStore<SearchState, SearchState>((_, next) => next, IDLE)
  /** Counts what was asked: only the answer to the last question is taken. */
  #asked = 0
  #words = ''
  #room: string | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(api: Pick<Api, 'search'>) {
    this.#api = api
  }

  get state(): Store<SearchState> {
    return this.#store
  }

  /**
   * Looks for what is typed, a little later.
   *
   * @param room the id of one room; all of them without one
   */
  type(typed: string, room: string | undefined): void {
    const words = typed.trim()
    if (words === this.#words && room === this.#room) return
    if (UNFINISHED.test(words)) return
    this.#words = words
    this.#room = room
    clearTimeout(this.#timer)
    this.#asked++
    if (words === '') this.#store.dispatch(IDLE)
    else this.#timer = setTimeout(() => void this.#first(), PAUSE_MS)
  }

  /** Does not wait for a pause. */
  now(): void {
    clearTimeout(this.#timer)
    if (this.#words !== '') void this.#first()
  }

  /** Looks on, for older ones; after a failure, once more. */
  more(): void {
    const { next, hits } = this.#store.get()
    if (next === undefined) this.now()
    else void this.#from(next, hits)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#asked++
  }

  #first(): Promise<void> {
    return this.#from(undefined, [])
  }

  async #from(from: string | undefined, before: readonly SearchHit[]): Promise<void> {
    const asked = ++this.#asked
    // What was found before stays until there is something else.
    this.#store.dispatch({ ...this.#store.get(), step: 'searching', refusal: undefined })
    let next = from
    const hits = [...before]
    try {
      for (let page = 0; page < EMPTY_PAGES; page++) {
        const found = await this.#api.search(this.#words, { room: this.#room, before: next })
        if (asked !== this.#asked) return
        hits.push(...found.hits)
        next = found.next
        if (next === undefined || found.hits.length > 0) break
      }
      this.#store.dispatch({ step: 'done', hits, next, refusal: undefined })
    } catch (error) {
      if (asked !== this.#asked) return
      this.#store.dispatch({ step: 'failed', hits, next, refusal: asRefusal(error) })
    }
  }
}
