import { CLIENT_COMMANDS, SERVER_COMMANDS, type Command } from './frame.js'
import { LF } from './octets.js'

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

function frequentFirst(frequent: Command, commands: readonly Command[]): Command[] {
  return [frequent, ...commands.filter((command) => command !== frequent)]
}

/** The commands of each peer, in the order in which they are looked for. */
export const COMMANDS_FROM = {
  client: frequentFirst('SEND', CLIENT_COMMANDS).map(rulesOf),
  server: frequentFirst('MESSAGE', SERVER_COMMANDS).map(rulesOf),
} as const

/** The octets of the longest command, UNSUBSCRIBE. */
export const LONGEST_COMMAND = 11

/** The command that the `length` octets from `start` on spell. */
export function findCommand(
  commands: readonly CommandRules[],
  bytes: Uint8Array,
  start: number,
  length: number,
): CommandRules | undefined {
  return commands.find(({ octets }) => octets.length === length && spells(octets, bytes, start))
}

/** The command whose line begins at `start` and ends, with LF alone, before `end`. */
export function findCommandLine(
  commands: readonly CommandRules[],
  bytes: Uint8Array,
  start: number,
  end: number,
): CommandRules | undefined {
  for (const rules of commands) {
    const { octets } = rules
    const lineEnd = start + octets.length
    if (lineEnd < end && bytes[lineEnd] === LF && spells(octets, bytes, start)) return rules
  }
  return undefined
}

function spells(octets: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < octets.length; i++) if (bytes[start + i] !== octets[i]) return false
  return true
}
