import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../node_modules/.bin/stomping-ground', import.meta.url))

/** The standalone broker as people start it: `npx stomping-ground --allow-publish`, in a process of its own. */
export interface Broker {
  readonly tcpPort: number
  readonly webSocketPort: number
  /** Ends it as a person does. @returns its exit code and what it complained of */
  stop(): Promise<{ code: number | null; complaints: string }>
}

export async function startBroker(): Promise<Broker> {
  const tcpPort = await freePort()
  const args = ['--port', '0', '--tcp-port', String(tcpPort), '--allow-publish']
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  const complaints = text(child.stderr)
  const ports = new Map<string, number>()
  for await (const line of createInterface({ input: child.stdout })) {
    const [, scheme, port] = /\b(ws|tcp):\/\/[^:]+:(\d+)/.exec(line) ?? []
    if (scheme !== undefined) ports.set(scheme, Number(port))
    if (ports.size === 2) break
  }
  if (ports.size < 2) {
    const why = await complaints
    // Somebody else was faster: that port is not free any more.
    if (why.includes('is in use')) return startBroker()
    throw new Error(`The broker did not start: ${why}`)
  }
  child.stdout.resume()
  return {
    tcpPort: ports.get('tcp')!,
    webSocketPort: ports.get('ws')!,
    async stop() {
      child.kill('SIGTERM')
      const [code] = (await exited) as [number | null]
      return { code, complaints: await complaints }
    },
  }
}

/** The command's `--tcp-port 0` means none, so a free one has to be found for it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
