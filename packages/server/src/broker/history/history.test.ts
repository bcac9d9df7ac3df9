import { describe, test } from 'vitest'
import { systemClock } from '../../clock.js'
import { contentOf } from '../../messaging/messaging.js'
import { brokerContract } from '../../testing/broker-contract.js'
import { embeddedBroker } from '../embedded/embedded.js'
import { HistoryBroker } from './history.js'
import { memoryStore } from './memory-store.js'
import { SlowStore } from '../../../test/slow-store.js'

const observer = { available() {}, appended() {}, replayed() {}, trimFailed() {} }
const parts = { clock: systemClock, observer, encode: contentOf }

describe('with history in memory', () => {
  brokerContract({ describe, test }, () => {
    const retain = [{ destination: '/topic/**', count: 100 }]
    return new HistoryBroker(embeddedBroker(), { store: memoryStore(), retain }, parts)
  })
})

describe('with history in a store that takes its time', () => {
  brokerContract({ describe, test }, () => {
    const retain = [{ destination: '/topic/**', count: 100 }]
    return new HistoryBroker(embeddedBroker(), { store: new SlowStore(setImmediate), retain }, parts)
  })
})

describe('with history of something else', () => {
  brokerContract({ describe, test }, () => {
    const retain = [{ destination: '/topic/elsewhere', count: 100 }]
    return new HistoryBroker(embeddedBroker(), { store: memoryStore(), retain }, parts)
  })
})
