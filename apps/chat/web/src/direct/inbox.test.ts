import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Conversation, DirectEvent } from '../../../contract/index.js'
import { createIdentity, type IdentityStore } from '../identity.js'
import { FakeClient, type FakeSubscription } from '../testing/fake-client.js'
import { Inbox, type InboxListener } from './inbox.js'
import { unreadCount } from './inbox-state.js'

const conversation = (name: string, seq: number, unread = 0): Conversation => ({
  with: name,
  last: { seq, id: `m${seq}`, sender: name, message: 'x', time: 0 },
  readSeq: seq - unread,
  unread,
})

let fake: FakeClient<unknown>
let identity: IdentityStore
let inbox: Inbox
let list: Conversation[]
let calls: number
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

beforeEach(() => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  list = [conversation('수민', 3, 2)]
  calls = 0
  identity = createIdentity({ asking: true })
  fake = new FakeClient()
  inbox = new Inbox({
    client: fake.client,
    api: { conversations: () => (calls++, Promise.resolve({ conversations: list })) },
    identity,
    schedule: (run) => run(),
  })
})

/** Somebody is signed in, and what is sent to them comes. */
async function active(): Promise<FakeSubscription> {
  identity.signedIn('민지')
  const queue = fake.to('/user/queue/chat/direct')
  queue.active()
  await settle()
  return queue
}
const say = (queue: FakeSubscription, event: DirectEvent): void => queue.say(event)

describe('the inbox', () => {
  it('listens when it is known who is signed in, and reads the list once that is active', async () => {
    expect(fake.live()).toEqual([])
    identity.signedIn('민지')
    expect(fake.live()).toHaveLength(1)
    expect(calls).toBe(0)
    fake.live()[0]!.active()
    await settle()
    expect(inbox.state.get()).toEqual({ read: 'yes', conversations: list })
    expect(unreadCount(inbox.state.get())).toBe(1)
  })

  it('reads the list again in each session', async () => {
    const queue = await active()
    list = [conversation('수민', 9, 7)]
    queue.active({ first: false, recovered: false })
    await settle()
    expect(inbox.state.get().conversations).toEqual(list)
  })

  it('listens to nothing for a guest, and is empty when somebody signs out', async () => {
    identity.signedIn(null)
    expect(fake.live()).toEqual([])
    await active()
    identity.signedIn(null)
    expect(fake.live()).toEqual([])
    expect(inbox.state.get().conversations).toEqual([])
  })

  it('puts what comes first, counts it until it is read, and tells whoever shows the conversation', async () => {
    const queue = await active()
    const heard: string[] = []
    const listener: InboxListener = {
      fresh: () => heard.push('fresh'),
      event: ({ type }) => heard.push(type),
    }
    const stop = inbox.listen(listener)
    queue.active({ first: false })
    await settle()
    const message = { seq: 1, id: 'a', sender: '영희', message: '안녕', time: 1 }
    say(queue, { type: 'MESSAGE', with: '영희', message })
    say(queue, { type: 'MESSAGE', with: '영희', message })
    say(queue, { type: 'MESSAGE', with: '영희', message: { ...message, seq: 2, sender: '민지' } })
    expect(inbox.state.get().conversations.map(({ with: name, unread }) => [name, unread])).toEqual([
      ['영희', 1],
      ['수민', 2],
    ])
    say(queue, { type: 'READ', with: '영희', seq: 2 })
    expect(unreadCount(inbox.state.get())).toBe(1)
    expect(heard).toEqual(['fresh', 'MESSAGE', 'MESSAGE', 'MESSAGE', 'READ'])
    stop()
  })

  it('reads the list again when something comes while it is being read', async () => {
    identity.signedIn('민지')
    const [queue] = fake.live()
    queue!.active()
    list = [conversation('수민', 4, 3)]
    const { last } = list[0]!
    say(queue!, { type: 'MESSAGE', with: '수민', message: last })
    await settle()
    expect(calls).toBe(2)
    expect(inbox.state.get().conversations[0]).toMatchObject({ unread: 3 })
  })
})
