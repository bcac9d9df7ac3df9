import { ClientError } from '@stomping-ground/client'
import { describe, expect, it } from 'vitest'
import { Outbox, type Outgoing } from './outbox.js'

interface Sent extends Pick<Outgoing, 'id' | 'text'> {
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function open() {
  const sent: Sent[] = []
  const outbox = new Outbox(
    (message) => new Promise<void>((done, fail) => sent.push({ ...message, done, fail })),
    (run) => run(),
  )
  const hide = outbox.show()
  const steps = (): string[] => outbox.state.get().map(({ step }) => step)
  return { sent, outbox, hide, steps }
}

describe('what is written', () => {
  it('is sent at once, stays until it has come to the log, and is sent under one id', async () => {
    const { sent, outbox, steps } = open()
    const id = outbox.send('hi')
    expect(sent).toMatchObject([{ id, text: 'hi' }])
    expect(steps()).toEqual(['sending'])
    sent[0]!.done()
    await settle()
    expect(steps()).toEqual(['sent'])
    outbox.remove(id)
    expect(steps()).toEqual([])
  })

  it('is done with when it comes before its receipt', async () => {
    const { sent, outbox, steps } = open()
    outbox.remove(outbox.send('hi'))
    sent[0]!.done()
    await settle()
    expect(steps()).toEqual([])
  })

  it('says why it failed, and goes again under the same id', async () => {
    const { sent, outbox, steps } = open()
    const id = outbox.send('hi')
    sent[0]!.fail(new ClientError('message-too-long', { message: 'Too long.' }))
    await settle()
    expect(outbox.state.get()).toMatchObject([
      { step: 'failed', refusal: { code: 'message-too-long', message: 'Too long.' } },
    ])
    outbox.retry(id)
    outbox.retry(id)
    expect(steps()).toEqual(['sending'])
    expect(outbox.state.get()[0]).not.toHaveProperty('refusal')
    expect(sent.map((one) => one.id)).toEqual([id, id])
  })

  it('goes again by itself when what it was refused for has gone', async () => {
    const { sent, outbox, steps } = open()
    outbox.send('one')
    outbox.send('two')
    sent[0]!.fail(new ClientError('broker-unavailable', { message: 'Away.' }))
    sent[1]!.fail(new ClientError('message-too-long', { message: 'Too long.' }))
    await settle()
    outbox.retryRefused('broker-unavailable')
    expect(steps()).toEqual(['sending', 'failed'])
    expect(sent.map(({ text }) => text)).toEqual(['one', 'two', 'one'])
  })

  it('is kept in order while others fail or come', async () => {
    const { sent, outbox } = open()
    const ids = ['one', 'two', 'three'].map((text) => outbox.send(text))
    sent[1]!.fail(new ClientError('unconfirmed'))
    await settle()
    outbox.remove(ids[0]!)
    expect(outbox.state.get().map(({ text, step }) => [text, step])).toEqual([
      ['two', 'failed'],
      ['three', 'sending'],
    ])
  })

  it('goes out where its conversation is shown no more, and leaves nothing behind there', async () => {
    const { sent, outbox, hide, steps } = open()
    outbox.send('one')
    sent[0]!.done()
    await settle()
    outbox.send('two')
    outbox.send('three')
    hide()
    expect(steps()).toEqual(['sending', 'sending'])
    sent[1]!.done()
    sent[2]!.fail(new ClientError('kicked'))
    await settle()
    expect(steps()).toEqual(['failed'])
  })
})
