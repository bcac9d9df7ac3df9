import { describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'

interface Language {
  readonly locale: string
  /** How the page says that somebody came. */
  readonly came: (name: string) => string
}

const LANGUAGES: readonly Language[] = [
  { locale: 'en-US', came: (name) => `${name} came in` },
  { locale: 'ko-KR', came: (name) => `${name}님이 입장했습니다.` },
]

describe.skipIf(missing(requirements.chromium))('two windows on one room', () => {
  const at = chatInBrowser()

  for (const { locale, came } of LANGUAGES) {
    it(`see each other come and talk in one order, and come back after the server was killed (${locale})`, async () => {
      const room = `${at.chat.url}/rooms/${await at.chat.makeRoom(`two windows ${locale}`)}`
      const [chulsoo, younghee] = [await at.open({ locale }), await at.open({ locale })]
      await chulsoo.enter(room, '철수')
      await younghee.enter(room, '영희')
      await chulsoo.sees(came('영희'))
      await younghee.sees(came('영희'))

      for (let i = 0; i < 5; i++) {
        await Promise.all([chulsoo.say(`one ${i} says chulsoo`), younghee.say(`one ${i} says younghee`)])
        await Promise.all([
          chulsoo.sees(`one ${i} says younghee`),
          younghee.sees(`one ${i} says chulsoo`),
          chulsoo.sees(`one ${i} says chulsoo`),
          younghee.sees(`one ${i} says younghee`),
        ])
      }
      expect(said(await younghee.messages('one '))).toEqual(said(await chulsoo.messages('one ')))
      expect(said(await chulsoo.messages('one '))).toHaveLength(10)

      // A mark that a reload would wipe out.
      await chulsoo.page.evaluate(() => void (document.body.dataset['mark'] = 'kept'))
      await at.chat.kill()
      await Promise.all([chulsoo.connection('waiting'), younghee.connection('waiting')])
      await chulsoo.say('typed while the server was away')
      await at.chat.start()
      await Promise.all([chulsoo.online(), younghee.online()])
      await chulsoo.sent('typed while the server was away')
      await younghee.sees('typed while the server was away')
      await younghee.say('welcome back')
      await chulsoo.sees('welcome back')
      expect(await chulsoo.page.evaluate(() => document.body.dataset['mark'])).toBe('kept')
      expect([...chulsoo.errors, ...younghee.errors]).toEqual([])
      await Promise.all([chulsoo.page.context().close(), younghee.page.context().close()])
    }, 60_000)
  }

  it('never sends half a syllable: Enter that ends a composition does not send', async () => {
    const window = await at.open({ locale: 'ko-KR' })
    await window.enter(`${at.chat.url}/rooms/${await at.chat.makeRoom('ime')}`, '민수')
    const keys = await window.page.context().newCDPSession(window.page)
    await window.composer.focus()
    await keys.send('Input.imeSetComposition', { text: '안', selectionStart: 1, selectionEnd: 1 })
    // 229 is the key code of every key that an input method takes.
    await keys.send('Input.dispatchKeyEvent', {
      type: 'rawKeyDown',
      key: 'Process',
      code: 'Enter',
      windowsVirtualKeyCode: 229,
    })
    await keys.send('Input.insertText', { text: '안녕' })
    expect(await window.composer.inputValue()).toBe('안녕')
    expect(await window.messages('안')).toEqual([])
    await window.composer.press('Shift+Enter')
    await window.page.keyboard.type('two lines')
    await window.composer.press('Enter')
    await window.sees('two lines')
    expect((await window.messages('two lines'))[0]).toContain('안녕\ntwo lines')
    await window.page.context().close()
  })
})

/** What was said, without names and times. */
const said = (messages: readonly string[]): string[] =>
  messages.map((text) => /one \d says \w+/.exec(text)![0])
