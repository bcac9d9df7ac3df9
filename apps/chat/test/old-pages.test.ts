import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import { chatInBrowser } from './chat-in-browser.js'
import { OLD_SITE, OLD_SOCKJS_PATH, OldWindow } from './old-window.js'
import { FrontProxy } from './proxy.js'

describe.skipIf(missing(requirements.chromium))('pages with sockjs-client 1.1.2 and stompjs 2.3.3', () => {
  // A site of such pages makes its rooms itself, and names its own copy of the library.
  const at = chatInBrowser(() => ({ OPEN_ROOMS: 'true', SOCKJS_CLIENT_URL: OLD_SOCKJS_PATH }))
  let front: FrontProxy

  beforeAll(async () => {
    front = await FrontProxy.started(at.chat.url, 'passed', OLD_SITE)
  })
  afterAll(() => front?.close())

  it('talk to each other in a room that nobody made, and see exactly ENTER and TALK', async () => {
    const room = { site: front.url, roomId: randomUUID() }
    const chulsoo = await OldWindow.open(at.browser, { ...room, sender: '철수' })
    await chulsoo.sees('[알림] - 철수님이 입장했습니다.')
    const younghee = await OldWindow.open(at.browser, { ...room, sender: '영희' })
    await chulsoo.sees('[알림] - 영희님이 입장했습니다.')
    await chulsoo.say('안녕하세요 100 % <b>')
    await younghee.sees('철수 - 안녕하세요 100 % <b>')
    await younghee.say('반가워요')
    await chulsoo.sees('영희 - 반가워요')
    const talk = ['영희 - 반가워요', '철수 - 안녕하세요 100 % <b>', '[알림] - 영희님이 입장했습니다.']
    expect(await younghee.lines()).toEqual(talk)
    expect(await chulsoo.lines()).toEqual([...talk, '[알림] - 철수님이 입장했습니다.'])
    expect(chulsoo.traffic.carriers).toContain('SockJS WebSocket')
    expect([...chulsoo.errors, ...younghee.errors]).toEqual([])
    await Promise.all([chulsoo.close(), younghee.close()])
  })

  it('share a room with the pages of this chat', async () => {
    const roomId = await at.chat.makeRoom('old and new')
    const modern = await at.open()
    await modern.enter(`${at.chat.url}/rooms/${roomId}`, '민수')
    const old = await OldWindow.open(at.browser, { site: front.url, roomId, sender: '철수' })
    await modern.sees('철수 came in')
    await old.say('from the old page')
    await modern.sees('from the old page')
    await modern.say('from the new page')
    await old.sees('민수 - from the new page')
    await modern.close()
    await old.say('alone again')
    // Who comes and goes is told elsewhere.
    await old.sees('철수 - alone again')
    expect(await old.lines()).toEqual([
      '철수 - alone again',
      '민수 - from the new page',
      '철수 - from the old page',
      '[알림] - 철수님이 입장했습니다.',
    ])
    await old.close()
  })

  it('come back by their own code after the server was killed', async () => {
    const old = await OldWindow.open(at.browser, { site: front.url, roomId: randomUUID(), sender: '철수' })
    const entered = '[알림] - 철수님이 입장했습니다.'
    await old.sees(entered)
    await at.chat.kill()
    await at.chat.start()
    await old.sees(entered, 2)
    await old.say('돌아왔어요')
    await old.sees('철수 - 돌아왔어요')
    expect(old.errors).toEqual([])
    await old.close()
  })

  it('stream where a proxy knows no WebSocket', async () => {
    const proxy = await FrontProxy.started(at.chat.url, 'refused', OLD_SITE)
    const old = await OldWindow.open(at.browser, { site: proxy.url, roomId: randomUUID(), sender: '철수' })
    await old.sees('[알림] - 철수님이 입장했습니다.')
    await old.say('through the proxy')
    await old.sees('철수 - through the proxy')
    expect([...old.traffic.carriers].slice(0, 2)).toEqual(['SockJS WebSocket', 'POST xhr_streaming'])
    await old.close()
    await proxy.close()
  })

  it.each([
    ['websocket', ['SockJS WebSocket']],
    ['iframe-eventsource', ['iframe: GET eventsource', 'iframe: POST xhr_send']],
    ['iframe-htmlfile', ['iframe: GET htmlfile', 'iframe: POST xhr_send']],
    ['iframe-xhr-polling', ['iframe: POST xhr', 'iframe: POST xhr_send']],
    ['jsonp-polling', ['GET jsonp', 'POST jsonp_send']],
  ])('talk over %s', async (transports, carriers) => {
    const old = await OldWindow.open(at.browser, {
      site: front.url,
      roomId: randomUUID(),
      sender: '철수',
      transports,
    })
    await old.sees('[알림] - 철수님이 입장했습니다.')
    await old.say(`over ${transports}: 100 % "한글"`)
    await old.sees(`철수 - over ${transports}: 100 % "한글"`)
    expect([...old.traffic.carriers].toSorted()).toEqual([...carriers].toSorted())
    expect(old.errors).toEqual([])
    await old.close()
  })
})
