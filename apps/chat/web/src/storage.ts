/** What is kept under which key. The key of the name is shared with older pages. */
export type StoredKey =
  'wschat.sender' | 'wschat.author' | 'wschat.theme' | 'wschat.language' | 'wschat.sent' | 'wschat.read'

/** What one tab remembers across a reload. */
export type SessionKey = 'wschat.sockjs-first'

/** Stands in where the browser forbids storage: what was chosen lasts as long as the page. */
const memory = new Map<string, string>()

export const readStored = (key: StoredKey): string | null => read(() => localStorage, key)
export const writeStored = (key: StoredKey, value: string): void => write(() => localStorage, key, value)
export const readSession = (key: SessionKey): string | null => read(() => sessionStorage, key)
export const writeSession = (key: SessionKey, value: string): void => write(() => sessionStorage, key, value)

// Even to name a storage that is forbidden is an error.
function read(storage: () => Storage, key: string): string | null {
  try {
    return storage().getItem(key)
  } catch {
    return memory.get(key) ?? null
  }
}

function write(storage: () => Storage, key: string, value: string): void {
  try {
    storage().setItem(key, value)
  } catch {
    memory.set(key, value)
  }
}
