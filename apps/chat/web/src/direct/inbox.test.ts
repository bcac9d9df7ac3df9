import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Conversation, DirectEvent } from '../../../contract/index.js'
import type { Session, SessionUser } from '../connection/connection.js'
import type { OnMessage } from '../connection/link.js'
import { createIdentity, type IdentityStore } from '../identity.js'
import { Inbox, type InboxListener } from './inbox.js'
import { unreadCount } from './inbox-state.js'

const conversation = (name: string, seq: number, unread = 0): Conversation => ({
  with: name,
  last: { seq, id: `m${seq}`, sender: name, message: 'x', time: 0 },
  readSeq: seq - unread,
  unread,
})

class FakeSession implements Session {
  readonly receipts: string[] = []
  onBody: OnMessage = () => {}
  subscribe(_destination: string, receipt: string, onBody: OnMessage): () => void {
    this.receipts.push(receipt)
    this.onBody = onBody
    return () => {}
  }
  publish(): void {}
}

let user: SessionUser | undefined
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
  inbox = new Inbox({
    connection: { use: (it) => ((user = it), () => {}) },
    api: { conversations: () => (calls++, Promise.resolve({ conversations: list })) },
    identity,
    schedule: (run) => run(),
  })
})

async function active(): Promise<FakeSession> {
  const session = new FakeSession()
  user?.opened(session)
  identity.signedIn('민지')
  user?.receipt(session.receipts[0] ?? '', {})
  await settle()
  return session
}
const say = (session: FakeSession, event: DirectEvent): void => session.onBody(JSON.stringify(event), {})

describe('the inbox', () => {
  it('listens when it is known who is signed in, and reads the list once that is active', async () => {
    const session = new FakeSession()
    user?.opened(session)
    expect(session.receipts).toEqual([])
    identity.signedIn('민지')
    expect(session.receipts).toHaveLength(1)
    expect(calls).toBe(0)
    user?.receipt(session.receipts[0]!, {})
    await settle()
    expect(inbox.state.get()).toEqual({ read: 'yes', conversations: list })
    expect(unreadCount(inbox.state.get())).toBe(1)
  })

  it('asks for nothing in a session that a guest opened, and is empty when somebody signs out', async () => {
    identity.signedIn(null)
    const guests = new FakeSession()
    user?.opened(guests)
    identity.signedIn('민지')
    expect(guests.receipts).toEqual([])
    user?.closed()
    await active()
    identity.signedIn(null)
    expect(inbox.state.get().conversations).toEqual([])
  })

  it('puts what comes first, counts it until it is read, and tells whoever shows the conversation', async () => {
    const session = await active()
    const heard: string[] = []
    const listener: InboxListener = {
      fresh: () => heard.push('fresh'),
      event: ({ type }) => heard.push(type),
    }
    const stop = inbox.listen(listener)
    const message = { seq: 1, id: 'a', sender: '영희', message: '안녕', time: 1 }
    say(session, { type: 'MESSAGE', with: '영희', message })
    say(session, { type: 'MESSAGE', with: '영희', message })
    say(session, { type: 'MESSAGE', with: '영희', message: { ...message, seq: 2, sender: '민지' } })
    expect(inbox.state.get().conversations.map(({ with: name, unread }) => [name, unread])).toEqual([
      ['영희', 1],
      ['수민', 2],
    ])
    say(session, { type: 'READ', with: '영희', seq: 2 })
    expect(unreadCount(inbox.state.get())).toBe(1)
    expect(heard).toEqual(['fresh', 'MESSAGE', 'MESSAGE', 'MESSAGE', 'READ'])
    stop()
  })

  it('reads the list again when something comes while it is being read', async () => {
    const session = new FakeSession()
    user?.opened(session)
    identity.signedIn('민지')
    user?.receipt(session.receipts[0]!, {})
    list = [conversation('수민', 4, 3)]
    const { last } = list[0]!
    say(session, { type: 'MESSAGE', with: '수민', message: last })
    await settle()
    expect(calls).toBe(2)
    expect(inbox.state.get().conversations[0]).toMatchObject({ unread: 3 })
  })
})
