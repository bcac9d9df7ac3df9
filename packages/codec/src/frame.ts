import type { StompHeaders } from './headers.js'

export type StompVersion = '1.0' | '1.1' | '1.2'

export const CLIENT_COMMANDS = [
  'CONNECT',
  'STOMP',
  'SEND',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'ACK',
  'NACK',
  'BEGIN',
  'COMMIT',
  'ABORT',
  'DISCONNECT',
] as const
export const SERVER_COMMANDS = ['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] as const

export type ClientCommand = (typeof CLIENT_COMMANDS)[number]
export type ServerCommand = (typeof SERVER_COMMANDS)[number]
export type Command = ClientCommand | ServerCommand

/** One STOMP frame. `body` holds bytes as they were on the wire; it is empty where a frame has none. */
export interface Frame<C extends Command = Command> {
  readonly command: C
  readonly headers: StompHeaders
  readonly body: Uint8Array
}
