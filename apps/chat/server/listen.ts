import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { StompServer } from 'stomping-ground'
import type { ChatUser } from './accounts/account.js'
import type { ChatConfig } from './config.js'
import { StartError } from './start-error.js'

/**
 * Listens where the configuration says.
 *
 * @returns the address that a person on this machine opens
 * @throws StartError when that address cannot be listened on
 */
export async function listen(http: FastifyInstance, { host, port }: ChatConfig): Promise<string> {
  try {
    await http.listen({ host, port, listenTextResolver: (address) => `listening on ${address}` })
  } catch (cause) {
    throw new StartError(whyNot(cause as NodeJS.ErrnoException, host, port, 'PORT'), { cause })
  }
  const { port: bound } = http.server.address() as AddressInfo
  return `http://${nameOf(host)}:${bound}`
}

/**
 * Listens for STOMP over TCP, unless the port is 0.
 *
 * @throws StartError when that address cannot be listened on
 */
export async function listenTcp(
  stomp: StompServer<ChatUser>,
  { host, stompTcpPort }: ChatConfig,
): Promise<void> {
  if (stompTcpPort === 0) return
  try {
    await stomp.listenTcp({ host, port: stompTcpPort })
  } catch (cause) {
    throw new StartError(whyNot(cause as NodeJS.ErrnoException, host, stompTcpPort, 'STOMP_TCP_PORT'), {
      cause,
    })
  }
}

function whyNot(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  variable: string,
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use by another program. Stop it, or set ${variable} to another number.`
    case 'EACCES':
      return `This user may not listen on port ${port}. Set ${variable} to a number above 1023.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine. Set HOST to one that is.`
    case undefined:
    default:
      return `Cannot listen on ${host}, port ${port}: ${message}`
  }
}

function nameOf(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
