import { TestChat } from './test-chat.js'
import type { Browser, TestChatOptions } from './test-chat.js'

/** Names and texts that databases may see differently. */
export const NAMES = { owner: '민지', friend: 'Ｚoë', other: 'straße 😀' } as const
const TEXTS = ['안녕', '한글', "Robert'); drop table rooms;--", '한글', ' 😀\n\t" \\ \u2028', 'a\0b']

export interface FullChat {
  readonly owner: Browser
  readonly hidden: string
  readonly open: string
}

/** Fills a chat with something of everything that it keeps, and stops it. */
export async function fillChat(options: TestChatOptions): Promise<FullChat> {
  const chat = await TestChat.start(options)
  try {
    const owner = await chat.signUp(NAMES.owner)
    const friend = await chat.signUp(NAMES.friend)
    const other = await chat.signUp(NAMES.other)
    const [open, hidden] = [await owner.room('열린 방'), await owner.room('비밀', true)]
    await owner.call('POST', `/api/rooms/${hidden}/people`, { name: NAMES.friend })
    await owner.call('POST', `/api/rooms/${open}/bans`, { name: 'Troll', lasting: true })
    await owner.call('POST', `/api/rooms/${open}/bans`, { name: '잠깐', lasting: false })
    const pages = [await owner.in(open), await owner.in(hidden)]
    for (const [at, text] of TEXTS.entries()) {
      for (const [i, roomId] of [open, hidden].entries()) {
        await pages[i]!.say({ type: 'TALK', roomId, message: text, id: `id-${i}-${at}` })
      }
    }
    const page = await owner.page()
    const { epoch } = (await owner.call('GET', `/api/rooms/${open}/messages`)).body
    const read = JSON.stringify({ roomId: open, offset: 3, epoch })
    await page.receipted('SEND\ndestination:/app/chat/room/read\n', read)
    for (const text of TEXTS) await page.write(NAMES.friend, text)
    await (await friend.page()).write(NAMES.owner, '답장')
    await other.call('PUT', `/api/blocks/${encodeURIComponent(NAMES.friend)}`)
    return { owner, open, hidden }
  } finally {
    await chat.close()
  }
}
