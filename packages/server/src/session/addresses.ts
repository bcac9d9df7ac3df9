import { addressBlock, isPrivateAddress } from '../ip-address.js'
import type { Limits } from '../limits.js'

/** Addresses of which it is remembered what they count as; past it the memory starts anew. */
const REMEMBERED = 10_000

/** What an address counts as. */
interface Block {
  readonly name: string
  /** How many connections it may have. */
  readonly most: number
}

/** Counts the open connections of each remote address. */
export class Addresses {
  readonly #limits: Limits
  readonly #open = new Map<string, number>()
  /** To tell an address's block takes longer than all else that a connection is counted by. */
  readonly #blocks = new Map<string, Block>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @returns false where the address has as many as it may; then nothing was counted */
  enter(address: string): boolean {
    const { name, most } = this.#block(address)
    const open = this.#open.get(name) ?? 0
    if (open >= most) return false
    this.#open.set(name, open + 1)
    return true
  }

  leave(address: string): void {
    const { name } = this.#block(address)
    const open = this.#open.get(name) ?? 0
    if (open > 1) this.#open.set(name, open - 1)
    else this.#open.delete(name)
  }

  #block(address: string): Block {
    const known = this.#blocks.get(address)
    if (known !== undefined) return known
    const { connectionsPerAddress, connectionsPerPrivateAddress } = this.#limits
    const most = isPrivateAddress(address) ? connectionsPerPrivateAddress : connectionsPerAddress
    const block = { name: addressBlock(address), most }
    if (this.#blocks.size >= REMEMBERED) this.#blocks.clear()
    this.#blocks.set(address, block)
    return block
  }
}
