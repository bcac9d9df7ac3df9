import { once } from 'node:events'
import { Client } from '@stomp/stompjs'
import type { IMessage } from '@stomp/stompjs'
import SockJS from 'sockjs-client'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'

/** What every example exports. */
type Start = (port: number) => Promise<{ readonly port: number; readonly close: () => Promise<void> }>

const WAYS = ['websocket', 'xhr-streaming', 'xhr-polling'] as const

/** Somebody's page: `@stomp/stompjs`, over a WebSocket or over SockJS. */
async function visit(port: number, way: (typeof WAYS)[number], login: string): Promise<Client> {
  const client = new Client({
    connectHeaders: { login },
    reconnectDelay: 0,
    webSocketFactory: () =>
      way === 'websocket'
        ? new WebSocket(`ws://127.0.0.1:${port}/stomp`, ['v12.stomp'])
        : new SockJS(`http://127.0.0.1:${port}/stomp`, null, { transports: way }),
  })
  onTestFinished(() => client.deactivate({ force: true }))
  const connected = new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve()
    client.onStompError = ({ headers }) => reject(new Error(headers['message']))
  })
  client.activate()
  await connected
  return client
}

/** Subscribes, waits until that is done, and gives the bodies that come, one a call. */
async function subscribed(client: Client, destination: string): Promise<() => Promise<unknown>> {
  const events = new EventTarget()
  const come: unknown[] = []
  const active = new Promise<void>((resolve) => client.watchForReceipt('subscribed', () => resolve()))
  const heard = ({ body }: IMessage): void => {
    come.push(JSON.parse(body))
    events.dispatchEvent(new Event('message'))
  }
  client.subscribe(destination, heard, { receipt: 'subscribed' })
  await active
  return async () => {
    while (come.length === 0) await once(events, 'message')
    return come.shift()
  }
}

/**
 * The tests that every example passes: its handler over each transport, its own HTTP routes beside it, and that it closes
 * with sessions open.
 */
export function visitsOf(start: Start): void {
  test.each(WAYS)('talks in a room over %s', async (way) => {
    const { port, close } = await start(0)
    onTestFinished(close)
    const [ann, bob] = [await visit(port, way, 'ann'), await visit(port, 'websocket', 'bob')]
    const [annHears, bobHears] = [
      await subscribed(ann, '/topic/rooms/7'),
      await subscribed(bob, '/topic/rooms/7'),
    ]
    ann.publish({ destination: '/app/rooms/7/messages', body: '{"text":"한글"}' })
    expect(await bobHears()).toEqual({ from: 'ann', text: '한글' })
    expect(await annHears()).toEqual({ from: 'ann', text: '한글' })
  })

  test('leaves all other requests to the application', async () => {
    const { port, close } = await start(0)
    onTestFinished(close)
    const elsewhere = await fetch(`http://127.0.0.1:${port}/stompede`)
    expect(await elsewhere.text()).not.toMatch(/SockJS|STOMP/)
    const info = await fetch(`http://127.0.0.1:${port}/stomp/info`)
    expect(await info.json()).toMatchObject({ websocket: true })
  })

  test.each(WAYS)('closes while somebody is there over %s, who is told to come again', async (way) => {
    const { port, close } = await start(0)
    const client = await visit(port, way, 'ann')
    const closed = new Promise<number>((resolve) => {
      client.onWebSocketClose = (event: { readonly code: number }) => resolve(event.code)
    })
    await close()
    expect(await closed).toBe(1012)
  })
}

/** Posts to a route of the example's own; a subscriber hears what came of it. */
export async function postsAndHears(start: Start, path: string, body: unknown): Promise<unknown> {
  const { port, close } = await start(0)
  onTestFinished(close)
  const hears = await subscribed(await visit(port, 'websocket', 'ann'), '/topic/rooms/lobby')
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(202)
  return hears()
}
