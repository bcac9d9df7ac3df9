import { describe, expect, it, vi } from 'vitest'
import {
  CHANGES,
  enteredRoom,
  http,
  inOneRoom,
  log,
  openRoom,
  outgoing,
  settle,
  state,
  type RoomServer,
} from '../testing/one-room.js'

inOneRoom()

describe('what was said before', () => {
  it('is asked for with the subscription: the last page, and nobody has heard it newly', async () => {
    const server = await openRoom()
    expect(server.topic.options.from).toEqual({ last: 50 })
    server.subscribed({ last: 12 })
    server.kept(11, 'eleven')
    server.kept(12, 'twelve')
    server.echo()
    server.kept(13, 'thirteen')
    expect(log()).toEqual(['eleven', 'twelve', '<came>', 'thirteen'])
    expect(state()).toMatchObject({ heard: 1, more: true, last: { offset: 13, epoch: 'e' } })
  })

  it('has one line where the new begins, after what this browser has read', async () => {
    let server = await openRoom()
    server.subscribed({ last: 2 })
    server.kept(1, 'one')
    server.kept(2, 'two')
    server.room.markRead()
    server.room.close()
    server = await openRoom()
    server.subscribed({ last: 4 })
    for (const [i, text] of ['one', 'two', 'three', 'four'].entries()) server.kept(i + 1, text)
    server.kept(5, 'five')
    expect(log()).toEqual(['one', 'two', '<new>', 'three', 'four', 'five'])
  })

  it('knows its own messages after a reload, by their ids and by the account', async () => {
    let server = await enteredRoom()
    server.room.send('mine')
    const { id } = server.requests.at(-1)!
    server.room.close()
    server = await openRoom()
    server.identity.signedIn('철수')
    server.subscribed({ last: 3 })
    server.kept(1, 'mine', { id })
    server.kept(2, 'of a guest of my name', { sender: '철수' })
    server.kept(3, 'of my account', { sender: '철수', registered: true })
    const own = state().blocks.flatMap(({ entries }) =>
      entries.map((entry) => entry.kind === 'talk' && entry.own),
    )
    expect(own).toEqual([true, false, true])
  })
})

describe('what was missed', () => {
  async function lostAfter(offset: number): Promise<RoomServer> {
    const server = await openRoom()
    server.subscribed({ last: offset })
    for (let i = 1; i <= offset; i++) server.kept(i, `${i}`)
    server.echo()
    server.lost()
    return server.back()
  }

  it('stands below a line, and is heard', async () => {
    const server = await lostAfter(2)
    server.subscribed({ first: false, last: 4 })
    server.kept(3, 'three')
    server.kept(4, 'four')
    server.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<new>', 'three', 'four'])
    expect(state().heard).toBe(2)
  })

  it('stands below a line where nothing was said before', async () => {
    const server = await enteredRoom()
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1 })
    server.kept(1, 'one')
    expect(log()).toEqual(['<came>', '<new>', 'one'])
  })

  it('has no line when it is only what one wrote oneself', async () => {
    const server = await enteredRoom()
    server.room.send('mine')
    const { id } = server.requests.at(-1)!
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1 })
    server.kept(1, 'mine', { id })
    server.echo()
    expect(log()).toEqual(['<came>', 'mine'])
    expect(outgoing()).toEqual([])
  })

  it('is said to be missing where it is not kept any more, and where the numbering is another', async () => {
    const server = await lostAfter(2)
    server.subscribed({ first: false, last: 9, recovered: false })
    server.kept(9, 'nine')
    server.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<gap>', 'nine'])
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1, recovered: false, epoch: 'other' })
    server.kept(1, 'of another history', {}, 'other')
    server.echo()
    expect(log().slice(5)).toEqual(['<gap>', 'of another history'])
    expect(state().last).toEqual({ offset: 1, epoch: 'other' })
    // By its offset another message would be changed, or read before it.
    const offsets = state().blocks.flatMap(({ entries }) => entries.map(({ offset }) => offset))
    expect(offsets.filter((offset) => offset !== undefined)).toEqual([1])
    expect(state().more).toBe(false)
  })
})

describe('what is changed', () => {
  const change = (offset: number, message: string, more: object = {}): object => ({
    type: 'CHANGE',
    offset,
    epoch: 'e',
    message: { type: 'TALK', roomId: 'r', id: `e${offset}`, sender: '영희', message, time: 0, ...more },
  })

  it('is shown in its place, also when it comes before the message does', async () => {
    const server = await openRoom()
    server.subscribed({ last: 2 })
    server.kept(1, 'one')
    const changes = server.fake.to(CHANGES)
    changes.active()
    changes.say(change(1, 'one, edited', { edited: 5 }))
    changes.say(change(2, 'deleted', { deleted: 'author' }))
    server.kept(2, 'two')
    const entries = state().blocks.flatMap((block) => block.entries)
    expect(entries).toMatchObject([
      { text: 'one, edited', edited: 5 },
      { text: 'deleted', deleted: 'author' },
    ])
    expect(state().heard).toBe(0)
  })

  it('is sent with the place of the message and the secret of the browser', async () => {
    const server = await openRoom()
    server.subscribed({ last: 1 })
    server.kept(1, 'one')
    const secret = localStorage.getItem('wschat.author')
    void server.room.changes.edit(1, 'two', new AbortController().signal)
    void server.room.changes.delete(1)
    const which = { roomId: 'r', offset: 1, epoch: 'e', author: localStorage.getItem('wschat.author') }
    expect(secret ?? which.author).toMatch(/^[\w-]{22,64}$/)
    expect(server.fake.sent.slice(1)).toMatchObject([
      { destination: '/app/chat/message/edit', body: { ...which, message: 'two' } },
      { destination: '/app/chat/message/delete', body: which },
    ])
    server.room.send('three')
    expect(server.requests.at(-1)).toMatchObject({ author: which.author })
  })

  it('is read again where changes were missed that nobody has any more, until that works', async () => {
    const server = await openRoom()
    const changes = server.fake.to(CHANGES)
    changes.active()
    server.subscribed({ last: 1 })
    server.kept(1, 'one')
    server.lost()
    await server.back()
    changes.active({ first: false, recovered: false })
    await settle()
    expect(log()).toEqual(['one'])
    const message = {
      type: 'TALK',
      roomId: 'r',
      id: 'e1',
      sender: '영희',
      message: 'edited',
      time: 0,
    } as const
    http.roomMessages = () =>
      Promise.resolve({ first: 1, last: 1, epoch: 'e', messages: [{ offset: 1, message }] })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log()).toEqual(['edited'])
  })
})
