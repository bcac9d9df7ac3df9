interface ReadingOptions<Answer> {
  readonly ask: () => Promise<Answer>
  readonly had: (answer: Answer) => void
  /** @returns whether to ask again, a little later */
  readonly failed: (error: unknown) => boolean
}

/** The bound of the wait doubles from the first to the second. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** What is asked for over HTTP, again where that fails. Only the answer to the last question counts. */
export class Reading<Answer> {
  readonly #options: ReadingOptions<Answer>
  #asked = 0
  #asking = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ReadingOptions<Answer>) {
    this.#options = options
  }

  /** Whether an answer is on its way. */
  get asking(): boolean {
    return this.#asking
  }

  async now(): Promise<void> {
    const { ask, had, failed } = this.#options
    this.stop()
    const asked = this.#asked
    this.#asking = true
    const answered = (): boolean => {
      if (asked !== this.#asked) return false
      this.#asking = false
      return true
    }
    let answer: Answer
    try {
      answer = await ask()
    } catch (error) {
      if (answered() && failed(error)) this.#later()
      return
    }
    if (!answered()) return
    this.#failures = 0
    had(answer)
  }

  /** What is on its way counts no more. */
  stop(): void {
    this.#asked++
    this.#asking = false
    clearTimeout(this.#timer)
  }

  #later(): void {
    const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failures++)
    this.#timer = setTimeout(() => void this.now(), FIRST_WAIT_MS + Math.random() * bound)
  }
}
