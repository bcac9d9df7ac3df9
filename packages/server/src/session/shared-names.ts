/** Names that are remembered; those of clients that make each one up stay their own. */
const REMEMBERED = 1_000
const LONGEST_ID = 32

/** Past so many destinations the memory starts anew: they come and go. */
const REMEMBERED_DESTINATIONS = 10_000
const LONGEST_DESTINATION = 128

const ids = new Map<string, string>()
const destinations = new Map<string, string>()

/**
 * The one string for a subscription id that many clients use. A fan-out compares ids once for each delivery: the same
 * string compares by its address, another one octet by octet.
 */
export function sharedId(id: string): string {
  const known = ids.get(id)
  if (known !== undefined) return known
  if (id.length <= LONGEST_ID && ids.size < REMEMBERED) ids.set(id, id)
  return id
}

/**
 * The one string for a destination that many sessions are subscribed to: each of them would hold the text of its own
 * SUBSCRIBE by it otherwise.
 */
export function sharedDestination(destination: string): string {
  const known = destinations.get(destination)
  if (known !== undefined) return known
  if (destination.length > LONGEST_DESTINATION) return destination
  if (destinations.size >= REMEMBERED_DESTINATIONS) destinations.clear()
  // V8 makes a part of a text a view that keeps all of it.
  const own = Buffer.from(destination).toString()
  destinations.set(own, own)
  return own
}
