import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StompError } from '../../errors.js'
import { DIALECTS, dialectOf } from './names.js'

const { rabbitmq, activemq, artemis, slashes } = DIALECTS

describe('names upstream', () => {
  test.each([
    ['/topic/chat/room/1', '/topic/chat.room.1', '/topic/chat.room.1'],
    ['/topic/chat/*/members', '/topic/chat.*.members', '/topic/chat.*.members'],
    ['/topic/chat/**', '/topic/chat.#', '/topic/chat.>'],
    ['/topic/**', '/topic/#', '/topic/>'],
    ['/queue/a.b/c', '/queue/a~db.c', '/queue/a~db.c'],
    ['/topic/~x/name', '/topic/~tx.name', '/topic/~tx.name'],
    ['/topic/#', '/topic/~h', '/topic/#'],
    ['/topic/a>b,c?d:e', '/topic/a>b,c?d:e', '/topic/a~gb~cc~qd~ke'],
    ['/topic/50%25', '/topic/50~p25', '/topic/50~p25'],
    ['/topic/a*b', '/topic/a~sb', '/topic/a~sb'],
    ['/topic/방/1', '/topic/방.1', '/topic/방.1'],
    ['/user-topic/name/ann/queue/x', '/topic/~u.name.ann.queue.x', '/topic/~u.name.ann.queue.x'],
    ['/node-topic/to/Ab_-9', '/topic/~n.to.Ab_-9', '/topic/~n.to.Ab_-9'],
    ['/reply-queue/Ab_-9', '/topic/~r.Ab_-9', '/topic/~r.Ab_-9'],
  ])('%s is %s in RabbitMQ, %s in ActiveMQ, and comes back', (ours, rabbit, active) => {
    expect(rabbitmq.toUpstream(ours)).toBe(rabbit)
    expect(activemq.toUpstream(ours)).toBe(active)
    for (const dialect of [rabbitmq, activemq, artemis, slashes]) {
      expect(dialect.fromUpstream(dialect.toUpstream(ours))).toBe(ours)
    }
  })

  test('every destination comes back as it was, and no two become one', () => {
    const segment = fc
      .string({ minLength: 1, maxLength: 12, unit: 'binary' })
      .filter((text) => !text.includes('/'))
    const destination = fc
      .tuple(
        fc.constantFrom('/topic/', '/queue/', '/user-topic/', '/node-topic/', '/reply-queue/'),
        fc.array(segment, { minLength: 1, maxLength: 4 }),
      )
      .map(([kind, segments]) => kind + segments.join('/'))
    const dialect = fc.constantFrom(rabbitmq, activemq, artemis)
    fc.assert(
      fc.property(dialect, destination, destination, (dialect, one, other) => {
        fc.pre(Buffer.byteLength(one) < 60 && Buffer.byteLength(other) < 60)
        const upstream = dialect.toUpstream(one)
        expect(dialect.fromUpstream(upstream)).toBe(one)
        expect(dialect.toUpstream(other) === upstream).toBe(one === other)
      }),
    )
  })

  test('RabbitMQ’s way of writing what is not ASCII is read', () => {
    expect(rabbitmq.fromUpstream('/topic/%EB%B0%A9.1')).toBe('/topic/방/1')
    expect(rabbitmq.fromUpstream('/topic/50%')).toBe('/topic/50%')
  })

  test('a name that a client makes is never one of the server’s own', () => {
    for (const dialect of [rabbitmq, activemq, artemis]) {
      expect(dialect.fromUpstream(dialect.toUpstream('/topic/~u/name/ann'))).toBe('/topic/~u/name/ann')
    }
    expect(() => slashes.toUpstream('/topic/~u/name/ann')).toThrow(StompError)
    expect(() => slashes.toUpstream('/topic/~n/all')).toThrow(StompError)
  })

  test('255 octets are as long as a name may be for AMQP', () => {
    expect(rabbitmq.toUpstream(`/topic/${'a'.repeat(255)}`)).toHaveLength(262)
    expect(() => rabbitmq.toUpstream(`/topic/${'a'.repeat(256)}`)).toThrow(
      expect.objectContaining({ code: 'destination-invalid' }),
    )
    expect(() => rabbitmq.toUpstream(`/topic/${'방'.repeat(86)}`)).toThrow(StompError)
  })

  test.each([
    ['RabbitMQ/3.10.8', 'rabbitmq'],
    ['ActiveMQ/5.17.2', 'activemq'],
    ['ActiveMQ-Artemis/2.31.2 ActiveMQ Artemis Messaging Engine', 'artemis'],
    ['stomping-ground/0.1.0', 'slashes'],
    ['another/1', 'rabbitmq'],
    [undefined, 'rabbitmq'],
  ])('a broker that calls itself %s speaks %s', (server, name) => {
    expect(dialectOf(server).name).toBe(name)
  })
})
