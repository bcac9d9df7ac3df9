import type { BrowserContextOptions } from 'playwright-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'
import type { ChatWindow } from './window.js'

const PASSWORD = 'correct horse'
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

describe.skipIf(missing(requirements.chromium))('people with registered names', () => {
  const at = chatInBrowser()
  let windows: ChatWindow[]
  let round = 0

  beforeEach(() => {
    windows = []
    round++
  })
  afterEach(() => Promise.all(windows.map((window) => window.close())))

  async function open(options: BrowserContextOptions = {}): Promise<ChatWindow> {
    const window = await at.open(options)
    windows.push(window)
    await window.page.goto(at.chat.url)
    return window
  }

  /** Somebody who registers a name that nobody has used in this file. */
  async function registered(name: string, options: BrowserContextOptions = {}): Promise<ChatWindow> {
    const window = await open(options)
    await window.signUp(`${name}${round}`, PASSWORD)
    return window
  }

  it('meet in a private room that others find nowhere, and are put out of it', async () => {
    const owner = await registered('Minji')
    const member = await registered('수민', { ...PHONE, locale: 'ko-KR' })
    const { page } = owner
    await page.getByLabel('Name of the new room').fill(`secret ${round}`)
    await page.getByTestId('private').check()
    await page.getByRole('button', { name: 'Open room' }).click()
    await page.waitForURL(/\/rooms\//)
    await owner.online()
    await page.getByTestId('room-settings').click()
    await page.getByLabel('Invite by name').fill(`수민${round}`)
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await page.getByTestId('people').getByText(`수민${round}`).waitFor()
    await page.keyboard.press('Escape')

    // The list of whoever is invited shows it by itself; a guest who has its address finds nothing.
    await member.page.getByTestId('room-list').getByText(`secret ${round}`).click()
    await member.say('안녕하세요')
    await owner.sees('안녕하세요')
    const guest = await open()
    await guest.page.goto(page.url())
    await guest.page.getByRole('heading', { name: 'This room does not exist' }).waitFor()
    await guest.page.goto(at.chat.url)
    await guest.page.getByTestId('room-list').getByText('Lounge').waitFor()
    expect(await guest.page.getByTestId('room-list').innerText()).not.toContain('secret')

    // With the keyboard alone.
    await page.getByTestId('members').getByRole('button').focus()
    await page.keyboard.press('Enter')
    await page.getByTestId('kick').press('Enter')
    await member.page.getByTestId('entry-problem').waitFor()
    await owner.say('are we alone?')
    await owner.sent('are we alone?')
    expect(await member.messages('alone')).toEqual([])
    await member.page.goto(page.url())
    await member.page.getByRole('heading', { name: '없는 방이에요' }).waitFor()
    expect(windows.flatMap(({ errors }) => errors)).toEqual([])
  }, 120_000)

  it('write to each other: on all pages, with what is unread, and after a restart', async () => {
    const [minji, sumin] = [await registered('Minji'), await registered('Sumin', PHONE)]
    const secondTab = await minji.page.context().newPage()
    await secondTab.goto(`${at.chat.url}/direct`)
    const direct = (name: string): string => `${at.chat.url}/direct/${name}${round}`
    await sumin.page.goto(direct('Minji'))
    await sumin.say('for you alone')
    await sumin.sent('for you alone')

    await minji.page.getByRole('link', { name: 'Direct messages: 1 conversation with new messages' }).click()
    const line = minji.page.getByTestId('conversations').getByRole('listitem')
    expect(await line.innerText()).toContain('for you alone')
    await line.getByRole('link').click()
    await minji.sees('for you alone')
    // Read in one tab is read in the other.
    await secondTab.getByTestId('conversations').getByText('for you alone').waitFor()
    await secondTab.locator('.conversation-item[data-unread=false]').waitFor()
    await minji.say('I see it')
    await sumin.sees('I see it')

    await at.chat.kill()
    await Promise.all([minji.connection('waiting'), sumin.connection('waiting')])
    await sumin.say('typed while the server was away')
    await at.chat.start()
    await sumin.sent('typed while the server was away')
    await minji.sees('typed while the server was away')
    await minji.page.reload()
    for (const text of ['for you alone', 'I see it', 'typed while the server was away'])
      await minji.sees(text)

    await minji.page.getByTestId('block').click()
    await minji.page.getByTestId('block-sure').click()
    await minji.page.getByTestId('blocked').waitFor()
    await sumin.say('still there?')
    await sumin.page.getByText('You cannot write to anyone of this name.').waitFor()
    expect(windows.flatMap(({ errors }) => errors)).toEqual([])
  }, 120_000)

  it('sign out in all tabs at once, and nobody else goes by their name', async () => {
    const minji = await registered('Minji')
    const room = `${at.chat.url}/rooms/lounge`
    const secondTab = await minji.page.context().newPage()
    await secondTab.goto(room)
    await secondTab.getByTestId('members').getByText(`Minji${round}`).waitFor()
    await minji.page.getByTestId('account').click()
    await minji.page.getByTestId('sign-out').click()
    await minji.page.getByTestId('sign-in').waitFor()
    // Nobody has chosen a name in this browser yet.
    await secondTab.getByTestId('name-input').waitFor()

    const guest = await open()
    await guest.enter(room, `minji${round}`)
    const problem = guest.page.getByTestId('entry-problem')
    expect(await problem.innerText()).toContain('This name is registered')
    await problem.getByRole('button', { name: 'Sign in' }).click()
    await guest.page.getByLabel('Password').fill('wrong horse')
    await guest.page.getByLabel('Password').press('Enter')
    await guest.page.getByText('Name and password do not belong together.').waitFor()
    await guest.page.getByLabel('Password').fill(PASSWORD)
    await guest.page.getByLabel('Password').press('Enter')
    await guest.page.getByTestId('account-form').waitFor({ state: 'detached' })
    await guest.say('back under my name')
    await guest.sent('back under my name')
    await guest.page.getByTestId('members').getByText(`Minji${round}`).waitFor()
    expect(windows.flatMap(({ errors }) => errors)).toEqual([])
  }, 120_000)
})
