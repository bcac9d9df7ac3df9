import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'
import type { ChatWindow } from './window.js'

describe.skipIf(missing(requirements.chromium))('what is unread', () => {
  const at = chatInBrowser()

  it('is counted in the list and in the title while others talk, also past a restart, until the room is opened', async () => {
    const room = `${at.chat.url}/rooms/${await at.chat.makeRoom('Lunch')}`
    const [reader, writer] = [await at.open(), await at.open()]
    await writer.enter(room, '철수')
    await reader.enter(room, '영희')
    await writer.say('read')
    await reader.sees('read')

    await reader.page.getByRole('link', { name: 'All rooms' }).click()
    await reader.page.getByTestId('room-list').getByText('Lunch').waitFor()
    await writer.say('one')
    await unread(reader, 1)
    await writer.say('two')
    await unread(reader, 2)
    await expect.poll(() => reader.page.title()).toBe('(2) Rooms · Stomping Ground')

    await at.chat.kill()
    await Promise.all([reader.connection('waiting'), writer.connection('waiting')])
    await writer.say('three')
    await at.chat.start()
    await unread(reader, 3)

    await reader.page.getByTestId('room-list').getByText('Lunch').click()
    await reader.sees('three')
    const entries = await reader.page
      .locator('[data-testid=message], [data-testid=notice][data-what=new]')
      .allInnerTexts()
    expect(entries.map((text) => /read|New messages|one|two|three/.exec(text)?.[0])).toEqual([
      'read',
      'New messages',
      'one',
      'two',
      'three',
    ])
    await expect.poll(() => reader.page.title()).toBe('Lunch · Stomping Ground')
    await reader.page.getByRole('link', { name: 'All rooms' }).click()
    await reader.page.getByTestId('room-list').getByText('Lunch').waitFor()
    expect(await reader.page.getByTestId('unread').count()).toBe(0)
    expect([...reader.errors, ...writer.errors]).toEqual([])
    await Promise.all([reader.close(), writer.close()])
  }, 60_000)

  it('is of an account, and read everywhere when it is read on one device', async () => {
    const room = `${at.chat.url}/rooms/${await at.chat.makeRoom('devices')}`
    const [desk, phone, writer] = [
      await at.open(),
      await at.open({ viewport: { width: 390, height: 780 } }),
      await at.open(),
    ]
    await desk.page.goto(at.chat.url)
    await desk.signUp('Minji', 'a long password')
    await desk.page.goto(room)
    await desk.online()
    await writer.enter(room, '철수')
    await writer.say('first')
    await desk.sees('first')
    await desk.page.getByRole('link', { name: 'All rooms' }).click()

    await phone.page.context().addCookies(await desk.page.context().cookies())
    await phone.page.goto(at.chat.url)
    await phone.page.getByTestId('account').waitFor()
    await phone.online()
    await writer.say('second')
    await Promise.all([unread(desk, 1), unread(phone, 1)])
    await phone.page.getByTestId('room-list').getByText('devices').click()
    await phone.sees('second')
    await desk.page.getByTestId('unread').waitFor({ state: 'detached' })
    expect([...desk.errors, ...phone.errors]).toEqual([])
    await Promise.all([desk.close(), phone.close(), writer.close()])
  }, 60_000)
})

/** Waits until so many messages are unread in the only room that has been opened. */
async function unread({ page }: ChatWindow, count: number): Promise<void> {
  const words = count === 1 ? '1 unread message' : `${count} unread messages`
  await page.getByTestId('unread').getByText(words, { exact: true }).waitFor({ state: 'attached' })
}
