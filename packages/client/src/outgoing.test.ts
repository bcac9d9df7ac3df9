import { expect, it } from 'vitest'
import { kinds, outcome, play, playing } from './testing/kit.js'

const to = { destination: '/queue/a' }

it('sends with a message id and a receipt, and resolves when the receipt comes', async () => {
  const { client, link } = playing()
  const sent = outcome(client.send('/rooms/{roomId}', { params: { roomId: '7' }, body: { text: 'Hi' } }))
  const [frame] = link().sends()
  expect(frame).toMatchObject({ destination: '/app/rooms/7', body: '{"text":"Hi"}' })
  expect(frame!.headers['content-type']).toBe('application/json')
  expect(frame!.headers['x-message-id']).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(client.outgoing.getSnapshot().messages).toBe(1)
  link().receipt(frame!)
  expect(await sent).toBe('done')
  expect(client.outgoing.getSnapshot()).toEqual({ messages: 0, bytes: 0 })
})

it('keeps what is sent before and between sessions, and sends it in order', async () => {
  const { client, link, clock } = play()
  const first = outcome(client.send(to, { body: 1 }))
  void client.connect()
  link().open()
  void outcome(client.send(to, { body: 2 }))
  const [one, two] = link().sends()
  expect([one!.body, two!.body]).toEqual(['1', '2'])
  link().receipt(one!)
  link().end()
  void outcome(client.send(to, { body: 3 }))
  await clock.advance(1_000)
  link().open()
  const again = link().sends()
  expect(again.map(({ body }) => body)).toEqual(['2', '3'])
  expect(again[0]!.headers['x-message-id']).toBe(two!.headers['x-message-id'])
  link().confirm(...again)
  expect(await first).toBe('done')
})

it('rejects with the code of the server’s ERROR, and the others go on', async () => {
  const { client, link, errors } = playing()
  const refused = outcome(client.send(to, { body: 1 }))
  const fine = outcome(client.send(to, { body: 2 }))
  const [one, two] = link().sends()
  link().refuse(one, 'body-invalid')
  link().receipt(two!)
  expect([await refused, await fine]).toEqual(['body-invalid', 'done'])
  expect(errors).toEqual([])
})

it('takes as many messages as it may, and one more when one is done', async () => {
  const { client, link } = play({ outgoing: { messages: 2 } })
  void outcome(client.send(to, { body: 1 }))
  void outcome(client.send(to, { body: 2 }))
  expect(await outcome(client.send(to, { body: 3 }))).toBe('outgoing-full')
  void client.connect()
  link().open()
  link().confirm(link().sends()[0]!)
  const fits = outcome(client.send(to, { body: 4 }))
  expect(await outcome(client.send(to, { body: 5 }))).toBe('outgoing-full')
  link().confirm(...link().sends())
  expect(await fits).toBe('done')
})

it('takes as many bytes as it may, and not one more', async () => {
  const { client } = play({ outgoing: { bytes: 1_000 } })
  const room = 1_000 - '/queue/a'.length - 'x-message-id'.length - 2 - 1
  const bytes = (length: number): Uint8Array => new Uint8Array(length)
  const type = 'content-type'.length + 'application/octet-stream'.length + 2
  expect(await outcome(client.send(to, { id: '1', body: bytes(room - type + 1) }))).toBe('outgoing-full')
  void outcome(client.send(to, { id: '1', body: bytes(room - type) }))
  expect(client.outgoing.getSnapshot()).toEqual({ messages: 1, bytes: 1_000 })
})

it('takes back what is aborted, waiting or on its way', async () => {
  const { client, link } = play()
  const waiting = new AbortController()
  const onItsWay = new AbortController()
  const gone = outcome(client.send(to, { body: 1, signal: waiting.signal }))
  const sent = outcome(client.send(to, { body: 2, signal: onItsWay.signal }))
  waiting.abort(new Error('never mind'))
  void client.connect()
  link().open()
  expect(link().bodies()).toEqual(['2'])
  onItsWay.abort(new Error('too late'))
  expect([await gone, await sent]).toEqual(['Error: never mind', 'Error: too late'])
  expect(await outcome(client.send(to, { signal: waiting.signal }))).toBe('Error: never mind')
  expect(client.outgoing.getSnapshot()).toEqual({ messages: 0, bytes: 0 })
})

it('gives up the message that was first when several sessions ended, and no other', async () => {
  const { client, link, clock } = playing({ outgoing: { attempts: 3 } })
  const poison = outcome(client.send(to, { body: 'poison' }))
  const fine = outcome(client.send(to, { body: 'fine' }))
  for (let session = 0; session < 3; session++) {
    link().end()
    await clock.advance(30_000)
    link().open()
  }
  expect(await poison).toBe('unconfirmed')
  const [only] = link().sends()
  expect(only!.body).toBe('"fine"')
  link().receipt(only!)
  expect(await fine).toBe('done')
})

it('gives up the largest message when the server could not read one for its size, and comes back', async () => {
  const { client, link, clock } = playing()
  const small = outcome(client.send(to, { body: 'small' }))
  const large = outcome(client.send(to, { body: 'x'.repeat(100) }))
  const states = kinds(client.connection)
  link().end({ code: 1009 })
  expect(await large).toBe('frame-too-large')
  await clock.advance(1_000)
  link().open()
  const [again] = link().sends()
  link().receipt(again!)
  expect(await small).toBe('done')
  expect(states).toEqual(['connected', 'waiting', 'connecting', 'connected'])
})

it('with `wait: false` sends now or never', async () => {
  const { client, link, clock } = play()
  expect(await outcome(client.send(to, { body: 1, wait: false }))).toBe('not-connected')
  void client.connect()
  link().open()
  const lost = outcome(client.send(to, { body: 2, wait: false }))
  link().end()
  expect(await lost).toBe('connection-lost')
  await clock.advance(1_000)
  link().open()
  expect(link().sends()).toEqual([])
})

it('sends what `onSession` sends ahead of what waits, in each session', async () => {
  let entered = (): void => {}
  const { client, link, clock } = play({
    onSession: async (session) => {
      void session.send({ destination: '/app/enter' }, { body: 'enter', wait: false }).catch(() => {})
      await new Promise<void>((resolve) => (entered = resolve))
    },
  })
  void outcome(client.send(to, { body: 'waits' }))
  void client.connect()
  link().open()
  expect(link().bodies()).toEqual(['"enter"'])
  entered()
  await clock.advance(0)
  expect(link().bodies()).toEqual(['"waits"'])
  link().end()
  await clock.advance(1_000)
  link().open()
  entered()
  await clock.advance(0)
  expect(link().bodies()).toEqual(['"enter"', '"waits"'])
})

it('reports what `onSession` throws, and goes on', async () => {
  const { client, link, clock, errors } = play({ onSession: () => Promise.reject(new Error('no')) })
  void outcome(client.send(to, { body: 1 }))
  void client.connect()
  link().open()
  await clock.advance(0)
  expect(link().bodies()).toEqual(['1'])
  expect(errors).toEqual([new Error('no')])
})

it('waits for all who greet in a session, and no more for who has gone', async () => {
  const { client, link, clock } = play()
  const greeted: (() => void)[] = []
  const greet = (): Promise<void> => new Promise((resolve) => greeted.push(resolve))
  client.onSession(greet)
  const stop = client.onSession(greet)
  void outcome(client.send(to, { body: 'waits' }))
  void client.connect()
  link().open()
  greeted[0]!()
  await clock.advance(0)
  expect(link().bodies()).toEqual([])
  greeted[1]!()
  await clock.advance(0)
  expect(link().bodies()).toEqual(['"waits"'])
  stop()
  link().end()
  await clock.advance(1_000)
  link().open()
  expect(greeted).toHaveLength(3)
})

it('rejects everything when it is closed, and takes it again after connect', async () => {
  const { client, link } = playing()
  const onItsWay = outcome(client.send(to, { body: 1 }))
  await client.close()
  expect(await onItsWay).toBe('closed')
  expect(await outcome(client.send(to, { body: 2 }))).toBe('closed')
  void client.connect()
  link().open()
  void outcome(client.send(to, { body: 3 }))
  expect(link().bodies()).toEqual(['3'])
})

it('waits a while at close for what is not confirmed', async () => {
  const { client, link, clock } = playing()
  const sent = outcome(client.send(to, { body: 1 }))
  const closed = client.close({ flushMs: 1_000 })
  await clock.advance(999)
  expect(client.connection.getSnapshot().kind).toBe('connected')
  link().confirm(...link().sends())
  await closed
  expect(await sent).toBe('done')
  expect(link().closedWith).toEqual({ now: false })
})

it('waits no longer than that', async () => {
  const { client, clock } = playing()
  const sent = outcome(client.send(to, { body: 1 }))
  void client.close({ flushMs: 1_000 })
  await clock.advance(1_000)
  expect(await sent).toBe('closed')
})

it('rejects what cannot be sent at all', async () => {
  const { client } = playing()
  await expect(client.send('/rooms/{roomId}', { params: { roomId: 'a/b' } })).rejects.toThrow(
    '{roomId} cannot be "a/b"',
  )
  await expect(client.send('/rooms/{roomId}', {} as never)).rejects.toThrow(TypeError)
  await expect(client.send(to, { body: () => {} })).rejects.toThrow('A message cannot hold function')
})
