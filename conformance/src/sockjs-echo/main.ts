import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { PATHS, mountServices } from './services.js'

// npm run sockjs-echo -w conformance -- --port N [--host H]
const { values } = parseArgs({
  options: { port: { type: 'string', default: '8081' }, host: { type: 'string', default: '127.0.0.1' } },
})
const server = createServer()
mountServices(server)
server.listen(Number(values.port), values.host)
await once(server, 'listening')
const { port } = server.address() as AddressInfo
for (const path of PATHS) console.log(`http://${values.host}:${port}${path}`)
