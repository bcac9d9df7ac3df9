/** What is kept under which key. The key of the name is shared with older pages. */
export type StoredKey = 'wschat.sender' | 'wschat.theme' | 'wschat.language'

/** Stands in where the browser forbids storage: what was chosen lasts as long as the page. */
const memory = new Map<string, string>()

export function readStored(key: StoredKey): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return memory.get(key) ?? null
  }
}

export function writeStored(key: StoredKey, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    memory.set(key, value)
  }
}
