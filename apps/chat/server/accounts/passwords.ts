import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { BOUNDS } from '../../contract/index.js'
import { codePoints, nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'

export interface PasswordOptions {
  /** The logarithm of scrypt's N: one more doubles memory and time. */
  readonly costLog2: number
  /** How many are hashed at the same time; each takes a thread of the pool and 128 · 8 · N bytes. */
  readonly atOnce: number
  /** How many more wait; past it people are asked to try again. */
  readonly waiting: number
}

const BLOCK = 8
const PARALLEL = 3
const SALT_BYTES = 16
const KEY_BYTES = 32

/**
 * A password as it will be hashed: composed, so that every keyboard types the same one (NIST SP 800-63B, 5.1.1.2).
 *
 * @throws StompError `password-too-short`, `password-too-long`, or `password-is-name`
 */
export function newPassword(asked: string, name: string): string {
  const password = composed(asked)
  const length = codePoints(password)
  if (length < BOUNDS.passwordAtLeast) throw refusal('password-too-short')
  if (length > BOUNDS.password) throw refusal('password-too-long')
  if (nameKey(password) === nameKey(name)) throw refusal('password-is-name')
  return password
}

/** Hashes passwords with scrypt, and compares them. See docs/decisions/0010. */
export class Passwords {
  readonly #options: PasswordOptions
  #running = 0
  readonly #waiting: (() => void)[] = []
  /** What a password is compared with where there is no account: that takes the same time. */
  #nobodys: string | undefined

  constructor(options: PasswordOptions) {
    this.#options = options
  }

  /**
   * `scrypt$15$8$3$salt$key`, base64url: what was used stands with it, so that the cost can grow.
   *
   * @throws StompError `too-many-requests`
   */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const cost = { log2: this.#options.costLog2, block: BLOCK, parallel: PARALLEL }
    const key = await this.#derive(password, salt, cost)
    return ['scrypt', cost.log2, BLOCK, PARALLEL, salt.toString('base64url'), key.toString('base64url')].join(
      '$',
    )
  }

  /**
   * Whether a password is the one of a hash; `undefined`, where there is no account, and the empty one of an account that was
   * imported without passwords are never right and take as long.
   *
   * @throws StompError `too-many-requests`
   */
  async isRight(asked: string, hash: string | undefined): Promise<boolean> {
    const password = composed(asked)
    const isKept = hash !== undefined && hash !== ''
    const compared = isKept
      ? hash
      : (this.#nobodys ??= await this.hash(randomBytes(SALT_BYTES).toString('hex')))
    const [kind, log2, block, parallel, salt = '', key = ''] = compared.split('$')
    if (kind !== 'scrypt') throw new TypeError('A password is kept in a form that is not known here')
    const cost = { log2: Number(log2), block: Number(block), parallel: Number(parallel) }
    const expected = Buffer.from(key, 'base64url')
    const derived = await this.#derive(password, Buffer.from(salt, 'base64url'), cost)
    return timingSafeEqual(derived, expected) && isKept
  }

  async #derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
    await this.#turn()
    try {
      return await derive(password, salt, cost)
    } finally {
      // A turn is handed over rather than given back: nobody comes between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#options.atOnce) {
      if (this.#waiting.length >= this.#options.waiting) throw refusal('too-many-requests')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
  }
}

interface Cost {
  readonly log2: number
  readonly block: number
  readonly parallel: number
}

function derive(password: string, salt: Buffer, { log2, block, parallel }: Cost): Promise<Buffer> {
  const N = 2 ** log2
  const options = { N, r: block, p: parallel, maxmem: 256 * N * block }
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function composed(text: string): string {
  return text.normalize('NFKC')
}
