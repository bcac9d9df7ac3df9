import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'
import { faintParts } from './contrast.js'
import { smallTargets } from './targets.js'
import type { ChatWindow } from './window.js'

describe.skipIf(missing(requirements.chromium))('what the pages look like', () => {
  const at = chatInBrowser()

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read: text and the parts of the page stand out from what is behind them (${colorScheme})`, async () => {
      const [owner, guest] = [await at.open({ colorScheme }), await at.open({ colorScheme })]
      const shown = async (window: ChatWindow): Promise<void> =>
        expect.soft(await faintParts(window.page)).toEqual([])

      await owner.page.goto(at.chat.url)
      await shown(owner)
      await owner.signUp(`Minji ${colorScheme}`, 'correct horse')
      await owner.page.getByLabel('Name of the new room').fill(`Lunch ${colorScheme}`)
      await owner.page.getByRole('button', { name: 'Open room' }).click()
      await owner.page.waitForURL(/\/rooms\//)
      await owner.online()
      await shown(owner)

      // What is said, by oneself and by others, with all that can become of it.
      await guest.enter(owner.page.url(), 'Chulsoo')
      for (const text of ['see https://example.com/', 'to be changed', 'to be deleted']) await guest.say(text)
      await guest.sent('to be deleted')
      await guest.message('to be changed').getByTestId('talk-more').click()
      await shown(guest)
      await guest.page.getByTestId('talk-edit').click()
      await shown(guest)
      await guest.page.getByTestId('editor').fill('changed')
      await guest.page.getByTestId('editor').press('Enter')
      await guest.sees('changed')
      await guest.message('to be deleted').getByTestId('talk-more').click()
      await guest.page.getByTestId('talk-delete').click()
      await shown(guest)
      await guest.page.getByTestId('delete-sure').click()
      await owner.sees('This message was deleted.')
      await owner.say('a link of one’s own: https://example.com/')
      await owner.sent('a link')
      await shown(owner)

      await owner.page.keyboard.press('Control+k')
      await owner.page.getByTestId('search').fill('link')
      // Until it can be found.
      await expect
        .poll(async () => {
          await owner.page.getByTestId('search').press('Enter')
          return owner.page.getByTestId('hit').count()
        })
        .toBe(1)
      await shown(owner)
      await owner.page.getByRole('button', { name: 'Close' }).click()
      await owner.page.getByTestId('room-settings').click()
      await shown(owner)
      await owner.page.getByRole('button', { name: 'Close' }).click()
      await owner.page.getByRole('button', { name: 'Settings', exact: true }).click()
      await shown(owner)
      await owner.page.getByRole('button', { name: 'Close' }).click()

      // What is on its way, and what is wrong.
      await guest.page.context().setOffline(true)
      await guest.connection('offline')
      await guest.say('waits')
      await guest.sees('waits')
      await shown(guest)
      await guest.page.context().setOffline(false)
      await guest.online()
      await owner.page.getByRole('button', { name: /Chulsoo/ }).click()
      await shown(owner)
      await owner.page.getByRole('button', { name: 'Ban from the room' }).click()
      await guest.page.getByTestId('entry-problem').waitFor()
      await shown(guest)

      // In whatever colour names come to stand.
      await owner.page.goto(owner.page.url())
      await owner.sees('see https://example.com/')
      for (let hue = 0; hue < 360; hue += 10) {
        await owner.page.evaluate((value) => {
          for (const element of document.querySelectorAll<HTMLElement>('[style*="--hue"]'))
            element.style.setProperty('--hue', String(value))
        }, hue)
        await shown(owner)
      }
      // What is too faint is found.
      await owner.page.evaluate(() =>
        document.documentElement.style.setProperty('--ink-faint', 'var(--line)'),
      )
      expect(await faintParts(owner.page)).not.toEqual([])
      await Promise.all([owner.close(), guest.close()])
    }, 60_000)
  }

  for (const locale of ['en-US', 'ko-KR']) {
    it(`fit on a phone, also while they are cut off: nothing lies over anything in the header (${locale})`, async () => {
      const window = await at.open({ locale, viewport: { width: 360, height: 740 } })
      const { page } = window
      const headerFits = async (): Promise<void> => {
        const boxes = await page
          .locator('header')
          .locator('a, button, output, h1')
          .evaluateAll((elements) =>
            elements.map((element) => element.getBoundingClientRect().toJSON() as DOMRect),
          )
        const shown = boxes.filter(({ width }) => width > 1)
        for (const [i, one] of shown.entries()) {
          expect(one.right).toBeLessThanOrEqual(360)
          for (const other of shown.slice(i + 1)) {
            const apart =
              one.right <= other.left ||
              other.right <= one.left ||
              one.bottom <= other.top ||
              other.bottom <= one.top
            expect([apart, one, other]).toEqual([true, one, other])
          }
        }
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
      }
      const room = `${at.chat.url}/rooms/${await at.chat.makeRoom(`A name that is longer than a phone is wide ${locale}`)}`
      await window.enter(room, '철수')
      for (const url of [at.chat.url, room]) {
        await page.goto(url)
        await window.online()
        await headerFits()
        await at.chat.kill()
        await window.connection('waiting')
        await headerFits()
        await at.chat.start()
        await window.online()
      }
      await window.close()
    }, 60_000)
  }

  it('can be pressed by a finger: everything on a phone takes 44 pixels each way', async () => {
    const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }
    const window = await at.open(phone)
    const { page } = window
    const pressable = async (): Promise<void> => expect.soft(await smallTargets(page)).toEqual([])
    await page.goto(at.chat.url)
    await window.online()
    await pressable()
    await window.signUp('Jiwoo', 'correct horse')
    await pressable()
    await page.goto(`${at.chat.url}/rooms/${await at.chat.makeRoom('for fingers')}`)
    await window.online()
    await pressable()
    await window.say('to be changed')
    await window.sent('to be changed')
    await window.message('to be changed').getByTestId('talk-more').click()
    await page.getByTestId('talk-edit').waitFor()
    await pressable()
    await page.getByTestId('search-button').click()
    await pressable()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByTestId('room-sheet').click()
    await pressable()
    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    await pressable()
    await window.close()
  }, 60_000)

  it('leave more than half of a phone to the name of a private room; the rest is in a sheet, closed one by one', async () => {
    const owner = await at.open({ viewport: { width: 360, height: 740 } })
    const { page } = owner
    await page.goto(at.chat.url)
    await owner.signUp('Suhyun', 'correct horse')
    await page.getByLabel('Name of the new room').fill('주말 등산 모임 북한산 도봉산 관악산')
    await page.getByTestId('private').check()
    await page.getByRole('button', { name: 'Open room' }).click()
    await page.waitForURL(/\/rooms\//)
    const header = page.locator('header')
    await header.getByRole('heading', { name: '주말 등산 모임' }).waitFor()
    expect((await header.locator('h1').boundingBox())?.width).toBeGreaterThan(180)
    for (const tool of await header.locator('a, button').all()) {
      const box = await tool.boundingBox()
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
    }

    const sheet = page.getByRole('dialog', { name: '주말 등산 모임 북한산 도봉산 관악산' })
    const settings = page.getByRole('dialog', { name: 'Room settings' })
    await page.getByTestId('room-sheet').click()
    await sheet.getByRole('button', { name: 'Room settings' }).click()
    await settings.waitFor()
    await page.keyboard.press('Escape')
    await settings.waitFor({ state: 'detached' })
    const hasFocus = (): Promise<boolean> =>
      sheet.getByTestId('room-settings').evaluate((tile) => tile === document.activeElement)
    await expect.poll(hasFocus).toBe(true)
    await page.keyboard.press('Escape')
    await sheet.waitFor({ state: 'detached' })
    await owner.close()
  }, 60_000)
})
