import { addressBlock, isPrivateAddress } from '../ip-address.js'
import type { Limits } from '../limits.js'

/** Counts the open connections of each remote address. */
export class Addresses {
  readonly #limits: Limits
  readonly #open = new Map<string, number>()

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @returns false where the address has as many as it may; then nothing was counted */
  enter(address: string): boolean {
    const { connectionsPerAddress, connectionsPerPrivateAddress } = this.#limits
    const most = isPrivateAddress(address) ? connectionsPerPrivateAddress : connectionsPerAddress
    const block = addressBlock(address)
    const open = this.#open.get(block) ?? 0
    if (open >= most) return false
    this.#open.set(block, open + 1)
    return true
  }

  leave(address: string): void {
    const block = addressBlock(address)
    const open = this.#open.get(block) ?? 0
    if (open > 1) this.#open.set(block, open - 1)
    else this.#open.delete(block)
  }
}
