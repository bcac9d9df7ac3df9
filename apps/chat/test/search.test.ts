import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { RawClient } from '../server/testing/raw-client.js'
import { chatInBrowser } from './chat-in-browser.js'

describe.skipIf(missing(requirements.chromium))('looking for messages', () => {
  const at = chatInBrowser()

  for (const width of [1100, 360]) {
    it(`finds a word of two syllables, and shows it among what was said around it (${width} px)`, async () => {
      const [roomId, other] = [
        await at.chat.makeRoom(`long ${width}`),
        await at.chat.makeRoom(`other ${width}`),
      ]
      const somebody = await RawClient.connected(at.chat.url)
      const say = (message: string, to = roomId): Promise<void> =>
        somebody.say({ type: 'TALK', roomId: to, sender: '민지', message })
      for (let i = 1; i <= 200; i++) await say(i === 30 ? `오늘은 냉면${width} 먹어요` : `number ${i}.`)
      await say(`내일도 냉면${width}`, other)
      somebody.cut()
      const window = await at.open({ viewport: { width, height: 700 } })
      await window.enter(`${at.chat.url}/rooms/${roomId}`, '철수')
      await window.sees('number 200.')

      await window.page.keyboard.press('Control+k')
      const hits = window.page.getByTestId('hit')
      await window.page.getByTestId('search').fill(`냉면${width}`)
      await expect.poll(() => hits.allInnerTexts()).toEqual([expect.stringContaining(`오늘은 냉면${width}`)])
      expect(await hits.locator('mark').innerText()).toBe(`냉면${width}`)
      await window.page.getByText('All rooms', { exact: true }).last().click()
      await expect.poll(() => hits.count()).toBe(2)
      expect(await hits.first().innerText()).toContain(`other ${width}`)

      // With the keyboard: the second one, which is of this room.
      await window.page.getByTestId('search').press('ArrowDown')
      await window.page.keyboard.press('ArrowDown')
      await window.page.keyboard.press('Enter')
      const found = window.page.locator('[data-testid=message][data-sought=true]')
      await found.waitFor()
      expect(await found.innerText()).toContain('오늘은')
      await window.sees('number 29.')
      await window.sees('number 31.')
      const frame = (await window.page.getByTestId('messages').boundingBox())!
      await expect
        .poll(async () => {
          const { y, height } = (await found.boundingBox())!
          return Math.abs(y + height / 2 - (frame.y + frame.height / 2)) < frame.height / 4
        })
        .toBe(true)

      // On from there to the end, every message once.
      const log = window.page.getByTestId('messages')
      await expect
        .poll(async () => {
          await log.evaluate((element) => element.scrollTo(0, element.scrollHeight))
          return window.page.getByTestId('newer').count()
        })
        .toBe(0)
      const offsets = await window.page
        .locator('[data-offset]')
        .evaluateAll((all) => all.map((element) => Number((element as HTMLElement).dataset['offset'])))
      expect(offsets).toEqual(offsets.map((_, i) => offsets[0]! + i))
      expect(offsets.at(-1)).toBe(200)
      expect(window.errors).toEqual([])
      await window.close()
    }, 60_000)
  }

  it('goes to a message by its address, and back to the newest', async () => {
    const roomId = await at.chat.makeRoom('by address')
    const somebody = await RawClient.connected(at.chat.url)
    for (let i = 1; i <= 120; i++)
      await somebody.say({ type: 'TALK', roomId, sender: '민지', message: `number ${i}.` })
    somebody.cut()
    const window = await at.open({ viewport: { width: 1100, height: 500 } })
    await window.enter(`${at.chat.url}/rooms/${roomId}?at=10`, '철수')
    await window.page.locator('[data-testid=message][data-sought=true]', { hasText: 'number 10.' }).waitFor()
    await window.page.getByRole('button', { name: /newest message/ }).click()
    await window.page.getByText('number 120.').waitFor()
    await expect.poll(() => window.page.getByText('number 120.').isVisible()).toBe(true)
    await window.close()
  }, 60_000)
})
