import { afterAll, beforeAll, describe, test } from 'vitest'
import { allow } from '../../messaging/permissions.js'
import { createStompServer } from '../../server.js'
import type { StompServer } from '../../server.js'
import { brokerContract } from '../../testing/broker-contract.js'
import type { TcpListener } from '../../transport/tcp.js'
import { relay } from './relay.js'

describe('with another stomping-ground behind', () => {
  let upstream: StompServer
  let listener: TcpListener

  beforeAll(async () => {
    const permissions = { subscribe: [allow('/**')], send: [allow('/**')] }
    upstream = createStompServer({ permissions })
    listener = await upstream.listenTcp({ port: 0 })
  })
  afterAll(() => upstream.close())

  brokerContract({ describe, test }, () => relay({ url: `stomp://127.0.0.1:${listener.port}` }))
})
