import { afterAll, beforeAll, describe, test } from 'vitest'
import { missing, requirements } from '../../../../../tools/requirements.js'
import { ActiveMq } from '../../../test/activemq.js'
import { brokerContract } from '../../testing/broker-contract.js'
import { relay } from './relay.js'

describe.skipIf(missing(requirements.activeMq))('with ActiveMQ behind', () => {
  let activeMq: ActiveMq

  beforeAll(async () => {
    activeMq = await ActiveMq.start()
  }, 60_000)
  afterAll(() => activeMq.stop())

  brokerContract({ describe, test }, () => relay({ url: activeMq.url }), { nack: 'nobody' })
})
