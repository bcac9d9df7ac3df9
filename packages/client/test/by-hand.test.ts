import { readFile } from 'node:fs/promises'
import { Client } from '@stomp/stompjs'
import { allow, memoryStore, messageMap } from 'stomping-ground'
import { afterEach, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Inbox, site } from './site.js'

afterEach(() => vi.unstubAllGlobals())

interface Page {
  readonly stomp: Client
  readonly send: (body: string) => void
}

/** The code of docs/client.md, as it stands there, against another address. */
async function pageByHand(url: string, show: (body: unknown) => void, missing: () => void): Promise<Page> {
  const text = await readFile(new URL('../../../docs/client.md', import.meta.url), 'utf8')
  const code = /^## The same by hand\n[^]*?^```js\n([^]*?)^```$/m.exec(text)![1]!
  const ours = code
    .replace("import { Client } from '@stomp/stompjs'", '')
    .replace('wss://chat.example.com/stomp', url)
  expect(ours).not.toMatch(/import|example/)
  const module = `export default (Client, show, showThatSomethingIsMissing) => {${ours}\nreturn { stomp, send } }`
  const { default: run } = (await import(`data:text/javascript,${encodeURIComponent(module)}`)) as {
    default: (...given: unknown[]) => Page
  }
  const page = run(Client, show, missing)
  page.stomp.reconnectDelay = 5
  onTestFinished(() => page.stomp.deactivate({ force: true }))
  return page
}

it('an unmodified @stomp/stompjs resumes and repeats, as docs/client.md shows, across cuts', async () => {
  vi.stubGlobal('WebSocket', WebSocket)
  const messages = messageMap().message(
    '/rooms/{roomId}/messages',
    { sendTo: ({ roomId }) => ({ destination: `/topic/rooms/${roomId}` }) },
    ({ body }) => body,
  )
  const { url, network, stomp } = await site({
    messages: [messages],
    permissions: { subscribe: [allow('/**')] },
    history: { store: memoryStore(), retain: [{ destination: '/topic/rooms/{roomId}', count: 1_000 }] },
  })
  const inbox = new Inbox<unknown>()
  const active = new Inbox<unknown>()
  stomp.events.on('subscribed', active.put)
  let missing = 0
  const page = await pageByHand(url, inbox.put, () => missing++)
  await active.next()
  // From here on the page knows where it is.
  await stomp.messaging.send('/topic/rooms/7', 0)
  expect(await inbox.next()).toBe(0)
  for (let n = 1; n <= 100; n++) {
    await stomp.messaging.send('/topic/rooms/7', n)
    if (n % 20 === 0) {
      network.cut()
      await active.next()
    }
  }
  expect(await inbox.take(100)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  network.down = true
  network.cut()
  page.send('"while away"')
  network.down = false
  expect(await inbox.next()).toBe('while away')
  expect(missing).toBe(0)
})
