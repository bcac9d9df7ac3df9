import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'
import type { ChatWindow } from './window.js'

describe.skipIf(missing(requirements.chromium))('messages that change', () => {
  const at = chatInBrowser()

  it('are changed in other windows, in one that was away and in one that was closed, also past a restart', async () => {
    const room = `${at.chat.url}/rooms/${await at.chat.makeRoom('changes')}`
    const [author, other, away] = [await at.open(), await at.open({ locale: 'ko-KR' }), await at.open()]
    await author.enter(room, '철수')
    await other.enter(room, '영희')
    await away.enter(room, '민수')
    for (const text of ['first draft', 'to be deleted', 'stays']) await author.say(text)
    await Promise.all([other.sees('stays'), away.sees('stays'), author.sent('stays')])

    await away.page.context().setOffline(true)
    await away.connection('offline')
    await edit(author, 'first draft', 'final text')
    await other.sees('final text')
    await other.message('final text').getByText('수정됨').waitFor()
    expect(await other.messages('first draft')).toEqual([])

    await at.chat.kill()
    await Promise.all([author.connection('waiting'), other.connection('waiting')])
    await at.chat.start()
    await Promise.all([author.online(), other.online()])

    await choose(author, 'to be deleted', 'talk-delete')
    await author.page.getByTestId('delete-sure').click()
    await author.sees('This message was deleted.')
    await other.sees('삭제된 메시지예요.')
    expect(await other.messages('to be deleted')).toEqual([])

    await away.page.context().setOffline(false)
    await away.sees('final text')
    await away.sees('This message was deleted.')
    const closed = await at.open()
    await closed.enter(room, '서연')
    await closed.sees('final text')
    for (const window of [away, closed, other]) {
      expect(await window.messages('first draft')).toEqual([])
      expect(await window.messages('to be deleted')).toEqual([])
      // What is not one's own cannot be changed.
      expect(await window.page.getByTestId('talk-more').count()).toBe(0)
      expect(window.errors).toEqual([])
    }
    await Promise.all([author, other, away, closed].map((window) => window.close()))
  }, 120_000)

  it('are changed with the keyboard alone; Escape leaves everything as it was', async () => {
    const window = await at.open()
    await window.enter(`${at.chat.url}/rooms/${await at.chat.makeRoom('keyboard')}`, '철수')
    await window.say('hello')
    await window.sent('hello')
    const more = window.page.getByTestId('talk-more')
    // A way past all of them, which stands before the messages.
    await window.page.getByTestId('messages').focus()
    await window.page.keyboard.press('Shift+Tab')
    await window.page.keyboard.press('Enter')
    await expect
      .poll(() => window.composer.evaluate((element) => element === document.activeElement))
      .toBe(true)
    await more.focus()
    await window.page.keyboard.press('Enter')
    await window.page.keyboard.press('Tab')
    await window.page.keyboard.press('Enter')
    const editor = window.page.getByTestId('editor')
    await editor.fill('changed')
    await editor.press('Escape')
    await window.sees('hello')
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true)
    await edit(window, 'hello', 'changed')
    await window.sees('changed')
    await expect.poll(() => more.evaluate((element) => element === document.activeElement)).toBe(true)
    await window.close()
  }, 60_000)

  it('say why they were not sent, and are sent once when it is tried again', async () => {
    const room = `${at.chat.url}/rooms/${await at.chat.makeRoom('failing')}`
    const [window, other] = [await at.open(), await at.open()]
    let storeIsAway = true
    await window.page.routeWebSocket(/\/websc\/websocket/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((frame) => {
        const receipt = /\nreceipt:([^\n]+)/.exec(String(frame))?.[1]
        if (storeIsAway && String(frame).includes('"TALK"'))
          socket.send(`ERROR\ncode:history-unavailable\nreceipt-id:${receipt}\n\n\0`)
        else server.send(frame)
      })
    })
    await other.enter(room, '영희')
    await window.enter(room, '철수')
    await window.say('does it arrive?')
    const failed = window.page.locator('[data-testid=message][data-step=failed]')
    await failed.waitFor()
    expect(await failed.innerText()).toContain('Not sent')
    expect(await failed.innerText()).toContain('Messages cannot be kept right now.')
    expect(await other.messages('arrive')).toEqual([])
    storeIsAway = false
    await failed.getByRole('button', { name: 'Try again' }).click()
    await window.sent('does it arrive?')
    await other.sees('does it arrive?')
    expect(await other.messages('arrive')).toHaveLength(1)
    expect(await window.messages('arrive')).toHaveLength(1)
    await Promise.all([window.close(), other.close()])
  }, 60_000)
})

async function choose(window: ChatWindow, text: string, what: 'talk-edit' | 'talk-delete'): Promise<void> {
  await window.message(text).getByTestId('talk-more').click()
  await window.page.getByTestId(what).click()
}

async function edit(window: ChatWindow, before: string, after: string): Promise<void> {
  await choose(window, before, 'talk-edit')
  await window.page.getByTestId('editor').fill(after)
  await window.page.getByTestId('editor').press('Enter')
  await window.page.getByTestId('editor').waitFor({ state: 'detached' })
}
