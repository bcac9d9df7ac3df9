import { randomBytes } from 'node:crypto'
import type { ClusterOptions } from './cluster.js'
import { NAME, isAddress } from './wire.js'

/** The options with their defaults. */
export interface ClusterSettings {
  readonly name: string
  readonly announceMs: number
  readonly goneMs: number
  readonly address: string | undefined
  readonly secret: string | undefined
}

const LEAST_SECRET = 16

/** @throws TypeError or RangeError naming what is wrong */
export function clusterSettings(options: ClusterOptions): ClusterSettings {
  const { name = randomBytes(9).toString('base64url'), announceMs = 2_000, goneMs = 10_000 } = options
  const { address, secret } = options
  if (!NAME.test(name)) {
    throw new TypeError(`cluster.name has to be of letters, digits, - and _, not ${JSON.stringify(name)}`)
  }
  for (const [option, value] of Object.entries({ announceMs, goneMs })) {
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw new RangeError(`cluster.${option} has to be a positive integer, not ${value}`)
    }
  }
  if (goneMs < 2 * announceMs) throw new RangeError('cluster.goneMs has to be at least twice announceMs')
  if ((address === undefined) !== (secret === undefined)) {
    throw new TypeError('cluster.address and cluster.secret go together: one of them is missing')
  }
  if (address !== undefined && !isAddress(address)) {
    throw new TypeError(`cluster.address has to be of the form http://10.0.0.7:8080, not ${address}`)
  }
  if (secret !== undefined && secret.length < LEAST_SECRET) {
    throw new RangeError(`cluster.secret has to be of at least ${LEAST_SECRET} characters`)
  }
  return { name, announceMs, goneMs, address, secret }
}
