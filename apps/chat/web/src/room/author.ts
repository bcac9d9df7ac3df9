import { newId } from '@stomping-ground/client'
import { readStored, writeStored } from '../storage.js'

/** This browser's secret: with it a guest changes what they said. The server tells it to nobody. */
export function authorSecret(): string {
  const known = readStored('wschat.author')
  if (known !== null) return known
  const made = newId()
  writeStored('wschat.author', made)
  return made
}
