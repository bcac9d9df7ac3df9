import { CLIENT_COMMANDS, SERVER_COMMANDS, type Command } from './frame.js'

/** What the frames of one command have in common. */
export interface CommandRules {
  readonly command: Command
  readonly octets: Uint8Array
  /**
   * Opens the conversation, before a version is agreed on: no escapes, and lines may end in CR LF.
   * // STOMP 1.2 "Value Encoding": "the CONNECT and CONNECTED frames do not escape [...] to remain backward compatible"
   * // STOMP 1.2 "CONNECT or STOMP Frame": servers MUST handle a STOMP frame in the same manner as CONNECT
   */
  readonly opens: boolean
  /** // STOMP 1.2 "Body": only SEND, MESSAGE and ERROR may have a body */
  readonly mayHaveBody: boolean
}

export function isOpening(command: Command): boolean {
  return command === 'CONNECT' || command === 'STOMP' || command === 'CONNECTED'
}

function rulesOf(command: Command): CommandRules {
  return {
    command,
    octets: Uint8Array.from(command, (letter) => letter.charCodeAt(0)),
    opens: isOpening(command),
    mayHaveBody: command === 'SEND' || command === 'MESSAGE' || command === 'ERROR',
  }
}

export const COMMANDS_FROM = {
  client: CLIENT_COMMANDS.map(rulesOf),
  server: SERVER_COMMANDS.map(rulesOf),
} as const

/** The octets of the longest command, UNSUBSCRIBE. */
export const LONGEST_COMMAND = 11

export function findCommand(
  commands: readonly CommandRules[],
  bytes: Uint8Array,
  start: number,
  end: number,
): CommandRules | undefined {
  const length = end - start
  for (const rules of commands) {
    const { octets } = rules
    if (octets.length !== length) continue
    let i = 0
    while (i < length && octets[i] === bytes[start + i]) i++
    if (i === length) return rules
  }
  return undefined
}
