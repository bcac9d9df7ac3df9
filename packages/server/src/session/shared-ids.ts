/** Ids that are remembered; those of clients that make each one up stay their own. */
const REMEMBERED = 1_000
const LONGEST = 32

const remembered = new Map<string, string>()

/**
 * The one string for a subscription id that many clients use. A fan-out compares ids once for each delivery: the same
 * string compares by its address, another one octet by octet.
 */
export function sharedId(id: string): string {
  const known = remembered.get(id)
  if (known !== undefined) return known
  if (id.length <= LONGEST && remembered.size < REMEMBERED) remembered.set(id, id)
  return id
}
