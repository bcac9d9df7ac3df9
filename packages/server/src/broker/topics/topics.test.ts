import { describe, expect, test } from 'vitest'
import { StompHeaders, utf8Encode } from '@stomping-ground/codec'
import type { Delivery } from '../../delivery.js'
import { DISCONNECTS, StompError } from '../../errors.js'
import type { DisconnectReason } from '../../errors.js'
import type { AckMode, Audience, BrokerLink, Seat, Subscriber } from '../broker.js'
import { embeddedBroker } from '../embedded/embedded.js'
import { Topics } from './topics.js'

/** A session as the broker sees it, with a log that it may share with others. */
class TestSubscriber implements Subscriber {
  readonly sessionId: string
  readonly log: string[]
  readonly deliveries: Delivery[] = []
  full = false
  /** Called when the broker gives it up. */
  onLost: (() => void) | undefined

  constructor(sessionId: string, log: string[] = []) {
    this.sessionId = sessionId
    this.log = log
  }

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    this.deliveries.push(delivery)
    this.log.push(`${this.sessionId}:${subscriptionId} ${delivery.message.destination}`)
    return !this.full
  }

  lost(reason: DisconnectReason): void {
    this.log.push(`${this.sessionId} lost: ${reason.name}`)
    this.onLost?.()
  }
}

function setUp(...names: string[]) {
  const broker = embeddedBroker()
  const log: string[] = []
  const subscribers = names.map((name) => new TestSubscriber(name, log))
  const links = subscribers.map((subscriber) => broker.connect(subscriber) as BrokerLink)
  const subscribe = (link: number, id: string, destination: string): void => {
    void links[link]!.subscribe({ id, destination, ack: 'auto', headers: new StompHeaders() }, () => {})
  }
  const publish = (destination: string): string[] => {
    void broker.publish({ destination, headers: new StompHeaders(), body: utf8Encode('x') })
    return log.splice(0)
  }
  return { broker, subscribers, links, subscribe, publish, log }
}

describe('a topic', () => {
  test('brings every subscription a copy, in the order in which they came', () => {
    const { subscribe, publish } = setUp('a', 'b')
    subscribe(0, '0', '/topic/x')
    subscribe(1, '0', '/topic/x')
    subscribe(0, '1', '/topic/x')
    expect(publish('/topic/x')).toEqual(['a:0 /topic/x', 'b:0 /topic/x', 'a:1 /topic/x'])
    expect(publish('/topic/y')).toEqual([])
  })

  test('all of its subscriptions get the one delivery, so that it is encoded once', () => {
    const { subscribers, subscribe, publish } = setUp('a', 'b', 'c')
    subscribe(0, '0', '/topic/x')
    subscribe(1, '0', '/topic/x')
    subscribe(2, '0', '/topic/*')
    publish('/topic/x')
    expect(new Set(subscribers.flatMap(({ deliveries }) => deliveries)).size).toBe(1)
  })

  test('message ids are never the same, also of two brokers', () => {
    const ids = [setUp('a'), setUp('a')].flatMap(({ subscribers, subscribe, publish }) => {
      subscribe(0, '0', '/topic/x')
      publish('/topic/x')
      publish('/topic/x')
      return subscribers[0]!.deliveries.map(({ messageId }) => messageId)
    })
    expect(new Set(ids).size).toBe(4)
  })

  test('whoever of many leaves, in whatever order, the others stay', () => {
    const { links, subscribe, publish } = setUp('a')
    const ids = Array.from({ length: 20 }, (_, i) => `${i}`)
    for (const id of ids) subscribe(0, id, '/topic/x')
    const there = new Set(ids)
    for (const id of ['0', '19', '7', '18', '1', '12', '11', '10']) {
      void links[0]!.unsubscribe(id)
      there.delete(id)
      const got = publish('/topic/x').map((line) => line.slice(2, line.indexOf(' ')))
      expect(new Set(got)).toEqual(there)
      expect(got).toHaveLength(there.size)
    }
    subscribe(0, '0', '/topic/x')
    expect(publish('/topic/x')).toHaveLength(there.size + 1)
  })

  test('a link that closes takes all of its subscriptions along, and may close again', () => {
    const { links, subscribe, publish } = setUp('a', 'b')
    for (const destination of ['/topic/x', '/topic/*', '/topic/**']) subscribe(0, destination, destination)
    subscribe(1, '0', '/topic/x')
    links[0]!.close()
    links[0]!.close()
    expect(publish('/topic/x')).toEqual(['b:0 /topic/x'])
  })

  test('unsubscribing what is not subscribed changes nothing', () => {
    const { links, subscribe, publish } = setUp('a', 'b')
    subscribe(0, '0', '/topic/x')
    void links[0]!.unsubscribe('1')
    void links[1]!.unsubscribe('0')
    expect(publish('/topic/x')).toHaveLength(1)
  })

  test('unsubscribing once more takes nothing from those who came since', () => {
    const topics = new Topics()
    const [one, two] = [new TestSubscriber('one'), new TestSubscriber('two')]
    const place = { id: '0', unacked: undefined, prefetch: 1 }
    const left = topics.subscribe('/topic/x', { ...place, subscriber: one })
    topics.unsubscribe(left)
    topics.subscribe('/topic/x', { ...place, subscriber: two })
    topics.unsubscribe(left)
    topics.publish({ destination: '/topic/x', headers: new StompHeaders(), body: utf8Encode('x') }, '1')
    expect(one.log).toEqual([])
    expect(two.log).toEqual(['two:0 /topic/x'])
  })

  test('is active when the broker says so, before its first delivery', () => {
    const { links, log, publish } = setUp('a')
    void links[0]!.subscribe(
      { id: '0', destination: '/topic/x', ack: 'auto', headers: new StompHeaders() },
      () => log.push('active', ...publish('/topic/x')),
    )
    expect(log).toEqual(['active', 'a:0 /topic/x'])
  })

  test.each(['/topic/', '/elsewhere', 'topic/x', ''])('there is none called %j', (destination) => {
    const { broker, links } = setUp('a')
    const headers = new StompHeaders()
    expect(() => links[0]!.subscribe({ id: '0', destination, ack: 'auto', headers }, () => {})).toThrow(
      StompError,
    )
    expect(() => broker.publish({ destination, headers, body: utf8Encode('') })).toThrow(StompError)
  })

  test.each(['/topic/*', '/topic/a/**'])('nothing can be published to the pattern %s', (destination) => {
    const { publish } = setUp()
    expect(() => publish(destination)).toThrow(
      expect.objectContaining({ code: 'destination-invalid' }) as Error,
    )
  })
})

describe('a subscriber with a seat', () => {
  /** Delivers into the log of who sits there, and refuses for those who are full. */
  function audience(name: string, log: string[]): Audience & { readonly full: Set<number> } {
    const full = new Set<number>()
    return {
      full,
      deliver: (seat, _, subscriptionId) => {
        log.push(`${name}${seat}:${subscriptionId}`)
        return !full.has(seat)
      },
    }
  }

  class SeatedSubscriber extends TestSubscriber {
    readonly seat: Seat | undefined

    constructor(log: string[], seat?: Seat) {
      super('itself', log)
      this.seat = seat
    }
  }

  function setUpSeats() {
    const broker = embeddedBroker()
    const log: string[] = []
    const sit = (seat?: Seat) => {
      const subscriber = new SeatedSubscriber(log, seat)
      const link = broker.connect(subscriber) as BrokerLink
      const subscribe = (id: string, destination: string, ack: AckMode = 'auto'): void =>
        void link.subscribe({ id, destination, ack, headers: new StompHeaders() }, () => {})
      return { subscriber, link, subscribe }
    }
    const publish = (destination: string): string[] => {
      void broker.publish({ destination, headers: new StompHeaders(), body: utf8Encode('x') })
      return log.splice(0)
    }
    return { log, sit, publish }
  }

  test('is delivered to there, by topics and patterns, and not touched', () => {
    const { log, sit, publish } = setUpSeats()
    const hall = audience('hall ', log)
    const [one, two] = [sit({ audience: hall, number: 1 }), sit({ audience: hall, number: 2 })]
    one.subscribe('0', '/topic/x')
    two.subscribe('1', '/topic/x')
    two.subscribe('2', '/topic/*')
    expect(publish('/topic/x')).toEqual(['hall 1:0', 'hall 2:1', 'hall 2:2'])
  })

  test('is asked itself where it has to acknowledge, has no seat, or sits elsewhere', () => {
    const { log, sit, publish } = setUpSeats()
    const hall = audience('hall ', log)
    const seated = sit({ audience: hall, number: 1 })
    seated.subscribe('0', '/topic/x')
    seated.subscribe('acks', '/topic/x', 'client')
    sit({ audience: audience('garden ', log), number: 1 }).subscribe('elsewhere', '/topic/x')
    sit().subscribe('no seat', '/topic/x')
    expect(publish('/topic/x')).toEqual([
      'hall 1:0',
      'itself:acks /topic/x',
      'itself:elsewhere /topic/x',
      'itself:no seat /topic/x',
    ])
  })

  test('keeps its seat and its id, whoever of many leaves, and in whatever order', () => {
    const { log, sit, publish } = setUpSeats()
    const hall = audience('hall ', log)
    const all = Array.from({ length: 20 }, (_, i) =>
      sit(i % 3 === 0 ? undefined : { audience: hall, number: i }),
    )
    for (const [i, { subscribe }] of all.entries()) subscribe(`${i}`, '/topic/x')
    const there = new Set(all.keys())
    const expected = (): string[] =>
      [...there].map((i) => (i % 3 === 0 ? `itself:${i} /topic/x` : `hall ${i}:${i}`)).toSorted()
    for (const i of [0, 19, 7, 18, 1, 12, 11, 10]) {
      all[i]!.link.close()
      there.delete(i)
      expect(publish('/topic/x').toSorted()).toEqual(expected())
    }
  })

  test('is given up where its audience says that it is full, and nobody else is', () => {
    const { log, sit, publish } = setUpSeats()
    const hall = audience('hall ', log)
    const all = [1, 2, 3].map((number) => sit({ audience: hall, number }))
    for (const { subscribe } of all) subscribe('0', '/topic/x')
    hall.full.add(2)
    all[1]!.subscriber.onLost = () => {
      log.push('it was the second')
      all[1]!.link.close()
    }
    expect(publish('/topic/x')).toEqual([
      'hall 1:0',
      'hall 2:0',
      'hall 3:0',
      'itself lost: slow',
      'it was the second',
    ])
    expect(publish('/topic/x')).toEqual(['hall 1:0', 'hall 3:0'])
  })
})

describe('a pattern', () => {
  test('gets what it matches beside the topic itself, once for each subscription', () => {
    const { subscribe, publish } = setUp('a', 'b', 'c')
    subscribe(0, 'exact', '/topic/x/1')
    subscribe(1, 'one', '/topic/x/*')
    subscribe(1, 'any', '/topic/**')
    subscribe(2, 'other', '/topic/y/*')
    expect(new Set(publish('/topic/x/1'))).toEqual(
      new Set(['a:exact /topic/x/1', 'b:one /topic/x/1', 'b:any /topic/x/1']),
    )
  })

  test('that comes or goes after a destination was published to is heeded from then on', () => {
    const { links, subscribe, publish } = setUp('a', 'b')
    subscribe(0, 'any', '/topic/**')
    expect(publish('/topic/x')).toHaveLength(1)
    subscribe(1, 'one', '/topic/*')
    expect(publish('/topic/x')).toHaveLength(2)
    subscribe(1, 'two', '/topic/*')
    expect(publish('/topic/x')).toHaveLength(3)
    void links[1]!.unsubscribe('one')
    expect(publish('/topic/x')).toHaveLength(2)
    void links[1]!.unsubscribe('two')
    expect(publish('/topic/x')).toEqual(['a:any /topic/x'])
    links[0]!.close()
    expect(publish('/topic/x')).toEqual([])
    subscribe(0, 'any', '/topic/**')
    expect(publish('/topic/x')).toEqual(['a:any /topic/x'])
  })

  test('matches right also past the 10,000 destinations that are remembered', () => {
    const { subscribe, publish } = setUp('a')
    subscribe(0, '0', '/topic/*')
    for (let i = 0; i < 10_050; i++) publish(`/topic/${i}`)
    expect(publish('/topic/0')).toEqual(['a:0 /topic/0'])
    expect(publish('/topic/0/0')).toEqual([])
  })
})

describe('a subscriber whose outbox is full', () => {
  test('is given up only after everyone has got the message', () => {
    const { links, subscribers, subscribe, publish } = setUp('a', 'slow', 'b')
    for (const i of [0, 1, 2]) subscribe(i, '0', '/topic/x')
    subscribers[1]!.full = true
    subscribers[1]!.onLost = () => links[1]!.close()
    expect(publish('/topic/x')).toEqual([
      'a:0 /topic/x',
      'slow:0 /topic/x',
      'b:0 /topic/x',
      'slow lost: slow',
    ])
    expect(publish('/topic/x')).toEqual(['a:0 /topic/x', 'b:0 /topic/x'])
  })

  test('takes nothing from others by leaving in the middle of several topics', () => {
    const { links, subscribers, subscribe, publish } = setUp('slow', 'a')
    for (const i of [0, 1]) for (const to of ['/topic/x', '/topic/*', '/topic/**']) subscribe(i, to, to)
    subscribers[0]!.full = true
    subscribers[0]!.onLost = () => links[0]!.close()
    const got = publish('/topic/x').filter((line) => line.startsWith('a:'))
    expect(new Set(got)).toEqual(
      new Set(['a:/topic/x /topic/x', 'a:/topic/* /topic/x', 'a:/topic/** /topic/x']),
    )
    expect(got).toHaveLength(3)
  })

  test('is given up for a reason that lets it come again', () => {
    expect(DISCONNECTS.slow).toMatchObject({ closeCode: 1013, reconnect: true })
  })
})
