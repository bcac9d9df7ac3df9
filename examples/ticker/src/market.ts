/** What a page gets to know of one price. */
export interface Tick {
  readonly price: number
  /** Since the market opened, in percent. */
  readonly change: number
  /** How many updates of all symbols there have been: pages see from it how many went by. */
  readonly serial: number
  /** When it was published, in milliseconds since 1970. */
  readonly at: number
}

interface Quote {
  readonly symbol: string
  readonly opened: number
  price: number
}

const SYLLABLES = ['KA', 'NO', 'RI', 'SU', 'TE', 'MO', 'LA', 'VI', 'DO', 'PE', 'HY']

/** Made-up companies whose prices walk at random. */
export class Market {
  readonly #quotes: readonly Quote[]
  readonly #publish: (symbol: string, tick: Tick) => void
  #serial = 0

  constructor(symbols: number, publish: (symbol: string, tick: Tick) => void) {
    this.#publish = publish
    this.#quotes = Array.from({ length: symbols }, (_, i) => {
      const opened = 10 + ((i * 7919) % 490)
      return { symbol: nameOf(i), opened, price: opened }
    })
  }

  get symbols(): string[] {
    return this.#quotes.map(({ symbol }) => symbol)
  }

  /** Updates that were published. */
  get serial(): number {
    return this.#serial
  }

  /** Publishes so many updates: of one symbol after the other, so that none is left behind. */
  update(count: number): void {
    const at = Date.now()
    for (let i = 0; i < count; i++) {
      const quote = this.#quotes[this.#serial % this.#quotes.length]!
      quote.price = Math.max(1, quote.price * (1 + (Math.random() - 0.5) / 500))
      this.#publish(quote.symbol, {
        price: Math.round(quote.price * 100) / 100,
        change: Math.round((quote.price / quote.opened - 1) * 10_000) / 100,
        serial: ++this.#serial,
        at,
      })
    }
  }
}

function nameOf(index: number): string {
  const { length } = SYLLABLES
  return SYLLABLES[index % length]! + SYLLABLES[(Math.floor(index / length) + index) % length]!
}
