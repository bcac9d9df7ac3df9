import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { RawClient } from '../server/testing/raw-client.js'
import { chatInBrowser } from './chat-in-browser.js'

describe.skipIf(missing(requirements.chromium))('what was said before', () => {
  const at = chatInBrowser()

  /** Somebody says this in a room, from another machine. */
  async function say(roomId: string, texts: readonly string[]): Promise<void> {
    const client = await RawClient.connected(at.chat.url)
    for (const message of texts) await client.say({ type: 'TALK', roomId, sender: '민지', message })
    client.cut()
  }

  for (const [width, locale] of [
    [1440, 'en-US'],
    [360, 'ko-KR'],
  ] as const) {
    it(`stands there at once, and older ones come above without a jump (${width} px, ${locale})`, async () => {
      const roomId = await at.chat.makeRoom(`history ${width}`)
      await say(
        roomId,
        Array.from({ length: 130 }, (_, i) => `number ${i + 1}.`),
      )
      const window = await at.open({ locale, viewport: { width, height: 700 } })
      await window.enter(`${at.chat.url}/rooms/${roomId}`, '철수')
      await window.sees('number 130.')
      expect(await window.page.getByTestId('message').count()).toBeLessThan(130)

      // What is at the top edge stays there while older ones come above it.
      const log = window.page.getByTestId('messages')
      const read = window.page.getByTestId('message').filter({ hasText: 'number 85.' })
      await read.evaluate((element) => element.scrollIntoView({ block: 'start' }))
      const before = (await read.boundingBox())!.y
      await window.sees('number 40.')
      await window.page.waitForFunction(() => document.querySelectorAll('[data-testid=message]').length > 90)
      expect(Math.abs((await read.boundingBox())!.y - before)).toBeLessThan(2)

      // To the first one; there is no way to more.
      await expect
        .poll(async () => {
          await log.evaluate((element) => element.scrollTo(0, 0))
          return window.page.getByTestId('message').count()
        })
        .toBe(130)
      await window.page.getByTestId('older').waitFor({ state: 'detached' })
      // What is out of sight is not laid out, and has no inner text.
      const all = await window.page.getByTestId('message').allTextContents()
      const numbers = all.map((text) => Number(/number (\d+)\./.exec(text)?.[1]))
      expect(numbers).toEqual(Array.from({ length: 130 }, (_, i) => i + 1))
      expect(window.errors).toEqual([])
      await window.close()
    }, 60_000)
  }

  it('is one’s own after a reload, and has a line above what was said meanwhile', async () => {
    const roomId = await at.chat.makeRoom('reload')
    const window = await at.open()
    await window.enter(`${at.chat.url}/rooms/${roomId}`, '철수')
    await window.say('mine')
    await window.sent('mine')
    await window.page.goto(`${at.chat.url}/`)
    await say(roomId, ['said meanwhile'])
    await window.page.goto(`${at.chat.url}/rooms/${roomId}`)
    await window.sees('said meanwhile')
    await window.sent('mine')
    await window.sees('New messages')
    const entries = await window.page
      .locator('[data-testid=message], [data-testid=notice][data-what=new]')
      .allInnerTexts()
    expect(entries.map((text) => /mine|New messages|said meanwhile/.exec(text)?.[0])).toEqual([
      'mine',
      'New messages',
      'said meanwhile',
    ])
    await window.close()
  }, 60_000)

  it('comes to a page that was without a network, exactly what it missed, below a line', async () => {
    const roomId = await at.chat.makeRoom('asleep')
    const window = await at.open()
    await window.enter(`${at.chat.url}/rooms/${roomId}`, '철수')
    await say(roomId, ['one', 'two'])
    await window.sees('two')
    await window.page.context().setOffline(true)
    await window.connection('offline')
    await say(roomId, ['three', 'four'])
    await window.say('written without a network')
    await window.page.context().setOffline(false)
    await window.sent('written without a network')
    const entries = await window.page
      .locator('[data-testid=message], [data-testid=notice][data-what=new]')
      .allInnerTexts()
    expect(
      entries.map((text) => /one|two|New messages|three|four|written without a network/.exec(text)?.[0]),
    ).toEqual(['one', 'two', 'New messages', 'three', 'four', 'written without a network'])
    await window.close()
  }, 60_000)
})
