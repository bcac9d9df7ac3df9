import { describe, expect, test } from 'vitest'
import { serve } from '../../test/kit.js'
import { Metrics, count } from './metrics.js'

describe('metrics', () => {
  test('of a session: connections, sessions, subscriptions, frames, bytes and deliveries', async () => {
    const { connect, open, stomp } = serve()
    const { metrics } = stomp
    open()
    const client = await connect()
    expect(metrics).toMatchObject({ connections: 2, sessions: 1, openSessions: 1, framesReceived: 1 })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/a' })
    expect(metrics.openSubscriptions).toBe(2)
    const before = metrics.bytesReceived
    client.receive('\n\n\n')
    expect(metrics.bytesReceived - before).toBe(3)
    await stomp.messaging.send('/topic/a', 'x')
    await client.frames()
    expect(metrics.deliveries).toBe(2)
    expect(metrics.bytesWritten).toBe(client.written.reduce((sum, { length }) => sum + length, 0))
    client.cut()
    expect(metrics).toMatchObject({ sessions: 1, openSessions: 0, openSubscriptions: 0 })
  })

  test('deliveries are those that an outbox took', async () => {
    const { connect, stomp } = serve({ limits: { outboxBytes: 1 } })
    const client = await connect()
    client.writable = false
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'waits')
    expect(stomp.metrics.deliveries).toBe(1)
    await stomp.messaging.send('/topic/a', 'is not taken')
    expect(stomp.metrics.deliveries).toBe(1)
    await client.frames()
    expect(stomp.metrics.disconnects.get('slow')).toBe(1)
  })

  test('are told to Prometheus, one line each under its type', () => {
    const metrics = new Metrics()
    metrics.openSessions = 3
    count(metrics.disconnects, 'lost')
    count(metrics.disconnects, 'lost')
    count(metrics.disconnects, 'slow')
    const text = metrics.prometheus()
    expect(text).toContain('# TYPE stomp_sessions gauge\nstomp_sessions 3\n')
    expect(text).toContain('# TYPE stomp_connections_total counter\nstomp_connections_total 0\n')
    expect(text).toContain(
      '# TYPE stomp_disconnects_total counter\n' +
        'stomp_disconnects_total{reason="lost"} 2\nstomp_disconnects_total{reason="slow"} 1\n',
    )
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# TYPE stomp_[a-z_]+ (counter|gauge)|stomp_[a-z_]+(\{[a-z]+="[^"]+"\})? \d+)$/)
    }
  })

  test('every number is told', () => {
    const metrics = new Metrics()
    const names = Object.keys(metrics) as (keyof Metrics)[]
    const lines = metrics.prometheus().split('\n')
    expect(lines.filter((line) => line.startsWith('# TYPE'))).toHaveLength(names.length)
  })
})
