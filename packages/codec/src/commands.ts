import { CLIENT_COMMANDS, SERVER_COMMANDS, type Command } from './frame.js'
import { fourOctets } from './octets.js'

/** What the frames of one command have in common. */
export interface CommandRules {
  readonly command: Command
  /** The command line, ended by LF. */
  readonly line: Uint8Array
  /** Its first four octets, which no other command of the same peer has. */
  readonly firstFour: number
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
  const line = Uint8Array.from(`${command}\n`, (letter) => letter.charCodeAt(0))
  return {
    command,
    line,
    firstFour: fourOctets(line, 0),
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
  return commands.find(({ line }) => line.length === length + 1 && spells(line, 0, length, bytes, start))
}

/** The command whose whole line, ended by LF alone, stands between `start` and `end`. */
export function findCommandLine(
  commands: readonly CommandRules[],
  bytes: Uint8Array,
  start: number,
  end: number,
): CommandRules | undefined {
  if (end - start < 4) return undefined
  const firstFour = fourOctets(bytes, start)
  for (const rules of commands) {
    if (rules.firstFour !== firstFour) continue
    const { line } = rules
    return line.length <= end - start && spells(line, 4, line.length, bytes, start) ? rules : undefined
  }
  return undefined
}

function spells(line: Uint8Array, from: number, to: number, bytes: Uint8Array, start: number): boolean {
  for (let i = from; i < to; i++) if (bytes[start + i] !== line[i]) return false
  return true
}
