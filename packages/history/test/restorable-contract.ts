import { StompHeaders } from 'stomping-ground'
import { expect, it } from 'vitest'
import type { RestorableStore } from '../src/index.js'

/** What taking over another store's messages means, for every store that can. */
/** @param place a new one, and what opens it */
export function restorableContract(place: () => () => Promise<RestorableStore>): void {
  const entry = (destination: string, id?: string) => ({
    destination,
    headers: new StompHeaders([]),
    body: Buffer.from('x'),
    time: 5,
    id,
  })
  const offsets = async (store: RestorableStore, destination: string): Promise<number[]> =>
    (await store.read(destination, 1, { count: 100, bytes: 1_000_000 })).map(({ offset }) => offset)

  it('begins a destination where another store did, once, also where that was at the first message', async () => {
    const store = await place()()
    await store.continueAt('/topic/a', 901)
    await store.continueAt('/topic/b', 1)
    await store.append([entry('/topic/a', 'one'), entry('/topic/b'), entry('/topic/a', 'two')])
    expect(await offsets(store, '/topic/a')).toEqual([901, 902])
    expect(await offsets(store, '/topic/b')).toEqual([1])
    expect(await store.append([entry('/topic/a', 'one')])).toEqual([{ offset: 901, repeated: true }])
    await expect(store.continueAt('/topic/a', 7)).rejects.toThrow('already')
    for (const offset of [0, -1, 1.5]) {
      await expect(store.continueAt('/topic/c', offset)).rejects.toThrow(RangeError)
    }
    await store.stop()
  })

  it('adopts an epoch, for good', async () => {
    const open = place()
    const store = await open()
    await expect(store.adopt("x'; --")).rejects.toThrow(TypeError)
    await store.adopt('an-epoch_1')
    expect(store.epoch).toBe('an-epoch_1')
    await store.stop()
    const again = await open()
    expect(again.epoch).toBe('an-epoch_1')
    await again.stop()
  })

  it('lets go of everything: offsets begin with 1 again, under another epoch', async () => {
    const store = await place()()
    const { epoch } = store
    await store.continueAt('/topic/gone', 50)
    await store.append([entry('/topic/gone', 'one')])
    await store.trim([{ destination: '/topic/gone', count: 0, since: 10 }])
    await store.append([entry('/topic/gone', 'one')])
    await store.clear()
    expect(store.epoch).not.toBe(epoch)
    expect(await store.destinations(undefined)).toEqual([])
    expect(await store.append([entry('/topic/gone', 'one')])).toEqual([{ offset: 1, repeated: false }])
    await store.clear()
    await store.continueAt('/topic/gone', 1)
    expect(await store.append([entry('/topic/gone')])).toEqual([{ offset: 1, repeated: false }])
    await store.stop()
  })
}
