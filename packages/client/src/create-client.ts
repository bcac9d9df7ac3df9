import type { NoRoutes, RouteTypes } from 'stomping-ground/contract'
import type { Client } from './client.js'
import type { ClientOptions } from './options.js'
import { openLinks, settingsOf } from './settings.js'
import { StompClient } from './stomp-client.js'

/**
 * Makes a client; `connect` connects it.
 *
 * @typeParam Routes what the server's message maps take and answer: `InferRoutes<typeof messages>`
 * @throws TypeError or RangeError naming what is wrong in the options
 */
export function createClient<Routes extends RouteTypes = NoRoutes>(options: ClientOptions): Client<Routes> {
  const settings = settingsOf(options)
  const client = new StompClient(settings, (connectHeaders) => openLinks(settings, connectHeaders))
  return client as unknown as Client<Routes>
}
