import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { missing, requirements } from '../../../tools/requirements.js'
import type { SockJsTransport } from '../web/src/connection/sockjs.js'
import { chatInBrowser } from './chat-in-browser.js'
import { FrontProxy } from './proxy.js'
import type { ChatWindow } from './window.js'

/**
 * Every transport of sockjs-client, and what it asks of the server. Missing are `xdr-streaming` and `xdr-polling`: they
 * need XDomainRequest, which only Internet Explorer 8 and 9 had.
 */
const CARRIERS: Record<SockJsTransport, readonly string[]> = {
  websocket: ['SockJS WebSocket'],
  'xhr-streaming': ['POST xhr_streaming', 'POST xhr_send'],
  eventsource: ['GET eventsource', 'POST xhr_send'],
  'iframe-eventsource': ['iframe: GET eventsource', 'iframe: POST xhr_send'],
  htmlfile: ['GET htmlfile', 'POST xhr_send'],
  'iframe-htmlfile': ['iframe: GET htmlfile', 'iframe: POST xhr_send'],
  'xhr-polling': ['POST xhr', 'POST xhr_send'],
  'iframe-xhr-polling': ['iframe: POST xhr', 'iframe: POST xhr_send'],
  'jsonp-polling': ['GET jsonp', 'POST jsonp_send'],
}

describe.skipIf(missing(requirements.chromium))('the chat over every transport', { timeout: 60_000 }, () => {
  const at = chatInBrowser()
  let roomId: string
  /** Somebody whose WebSocket gets through, in the room all the time. */
  let chulsoo: ChatWindow

  beforeAll(async () => {
    roomId = await at.chat.makeRoom('transports')
    chulsoo = await at.open()
    await chulsoo.enter(`${at.chat.url}/rooms/${roomId}`, '철수')
  })

  /** Both see what both say, whole and in one order. */
  async function talk(other: ChatWindow, about: string): Promise<void> {
    const lines = [1, 2, 3].map((n) => `${about} ${n}: 100 % "한글" </script> 🙂`)
    for (const line of lines) {
      await other.say(`they ${line}`)
      await chulsoo.say(`I ${line}`)
    }
    const last = lines.at(-1)!
    for (const window of [chulsoo, other]) {
      await window.sees(`they ${last}`)
      await window.sees(`I ${last}`)
    }
    const order = (texts: readonly string[]): string[] =>
      texts.map((text) => /(they|I) .+ \d:/.exec(text)![0])
    const seen = order(await other.messages(`${about} `))
    expect(seen).toHaveLength(6)
    expect(seen).toEqual(order(await chulsoo.messages(`${about} `)))
  }

  it('opens a plain WebSocket where that gets through, and loads no SockJS', () => {
    expect([...chulsoo.traffic.carriers]).toEqual(['WebSocket'])
    expect(chulsoo.traffic.paths.filter(isScript)).toHaveLength(1)
    expect(chulsoo.traffic.paths).not.toContain('/websc/info')
  })

  it.each(Object.entries(CARRIERS))('talks over %s', async (transport, carriers) => {
    const window = await at.open()
    await window.enter(`${at.chat.url}/rooms/${roomId}?transport=${transport}`, `영희-${transport}`)
    await chulsoo.sees(`영희-${transport} came in`)
    await talk(window, transport)
    expect([...window.traffic.carriers].toSorted()).toEqual([...carriers].toSorted())
    expect(window.errors).toEqual([])
    await window.close()
    await chulsoo.sees(`영희-${transport} left`)
    expect(chulsoo.errors).toEqual([])
  })

  describe('behind a proxy that knows no WebSocket', () => {
    let proxy: FrontProxy
    let window: ChatWindow

    beforeEach(async () => {
      proxy = await FrontProxy.started(at.chat.url, 'refused')
      window = await at.open()
    })
    afterEach(async () => {
      await window.close()
      await proxy.close()
    })

    it('goes on over SockJS by itself, remembers it, and comes back to WebSocket later', async () => {
      await window.enter(`${proxy.url}/rooms/${roomId}`, '민수')
      await chulsoo.sees('민수 came in')
      await talk(window, 'refused')
      expect([...window.traffic.carriers]).toEqual(['WebSocket', 'POST xhr_streaming', 'POST xhr_send'])
      expect(window.traffic.paths.filter(isScript)).toHaveLength(2)

      window.traffic.carriers.clear()
      await window.page.reload()
      await window.online()
      await talk(window, 'reloaded')
      expect([...window.traffic.carriers]).toEqual(['POST xhr_streaming', 'POST xhr_send'])

      proxy.upgrades = 'passed'
      window.traffic.carriers.clear()
      await window.page.evaluate(() => sessionStorage.setItem('wschat.sockjs-first', String(Date.now() - 1)))
      const socket = window.page.waitForEvent('websocket')
      proxy.cut()
      await socket
      await window.online()
      await talk(window, 'back')
      expect([...window.traffic.carriers]).toEqual(['WebSocket'])
      expect(window.errors).toEqual([])
    })

    it('goes on over SockJS by itself where the proxy never answers', async () => {
      proxy.upgrades = 'swallowed'
      await window.enter(`${proxy.url}/rooms/${roomId}`, '지민')
      await talk(window, 'swallowed')
      expect([...window.traffic.carriers]).toEqual(['WebSocket', 'POST xhr_streaming', 'POST xhr_send'])
      expect(window.errors).toEqual([])
    })

    it('polls where the proxy holds answers back until they end', async () => {
      proxy.collects = true
      await window.enter(`${proxy.url}/rooms/${roomId}`, '서연')
      await talk(window, 'collected')
      expect([...window.traffic.carriers]).toEqual([
        'WebSocket',
        'POST xhr_streaming',
        'POST xhr',
        'POST xhr_send',
      ])
      expect(window.errors).toEqual([])
    })
  })
})

const isScript = (path: string): boolean => /^\/assets\/.*\.js$/.test(path)
