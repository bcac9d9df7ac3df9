import { fileURLToPath } from 'node:url'
import { requirements } from '../../tools/requirements.js'
import type { Requirement } from '../../tools/requirements.js'
import type { FeatureName } from './features.js'
import type { Transport } from './tap.js'

export interface ForeignClient {
  readonly name: string
  readonly language: string
  readonly transport: Transport
  /** What has to be installed for it, where `npm ci` does not bring it. */
  readonly requires?: Requirement
  readonly command: readonly [string, ...string[]]
  /** Those that it can ask for, the newest last. */
  readonly versions: readonly string[]
  /** How it comes back after its connection was cut. */
  readonly reconnects: 'itself' | 'by hand'
  /** What it cannot do, and why; nothing that the broker could change. */
  readonly lacks: Readonly<Partial<Record<FeatureName, string>>>
}

const script = (name: string): string => fileURLToPath(new URL(`clients/${name}`, import.meta.url))

const NO_HEARTBEATS = 'it never sends a heart-beat'
const NO_ESCAPES = 'it writes and reads header values without escapes'
const CUTS_AT_NUL = 'it cuts what it receives at the first NUL, whatever content-length says'

/** Every client that is played, in the order of the matrix. */
export const CLIENTS: readonly ForeignClient[] = [
  {
    name: 'stomp.py',
    language: 'Python',
    transport: 'tcp',
    requires: requirements.stompPython,
    command: ['/usr/bin/python3', script('client.py')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'by hand',
    lacks: {},
  },
  {
    name: 'stomp gem',
    language: 'Ruby',
    transport: 'tcp',
    requires: requirements.stompRuby,
    command: ['/usr/bin/ruby', script('client.rb')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: {},
  },
  {
    name: 'Net::Stomp',
    language: 'Perl',
    transport: 'tcp',
    requires: requirements.stompPerl,
    command: ['/usr/bin/perl', script('client.pl')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: { 'heart-beat': NO_HEARTBEATS, 'escaped headers': NO_ESCAPES },
  },
  {
    name: 'Stomp extension',
    language: 'PHP',
    transport: 'tcp',
    requires: requirements.stompPhp,
    command: ['/usr/bin/php', script('client.php')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'by hand',
    lacks: { 'heart-beat': NO_HEARTBEATS, 'escaped headers': NO_ESCAPES },
  },
  {
    name: 'stompit',
    language: 'Node.js',
    transport: 'tcp',
    command: [process.execPath, script('stompit.mjs')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: {},
  },
  {
    name: '@stomp/stompjs 7',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('stompjs-client.mjs'), '7'],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: {},
  },
  {
    name: '@stomp/stompjs 6',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('stompjs-client.mjs'), '6'],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: {},
  },
  {
    name: '@stomp/stompjs 5',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('stompjs-client.mjs'), '5'],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'itself',
    lacks: {},
  },
  {
    name: '@stomp/stompjs 4',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('stompjs-over.mjs'), '4', 'v10.stomp', 'v11.stomp', 'v12.stomp'],
    versions: ['1.2'],
    reconnects: 'by hand',
    lacks: { 'NUL in a body': CUTS_AT_NUL },
  },
  {
    name: 'webstomp-client',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('webstomp.mjs')],
    versions: ['1.0', '1.1', '1.2'],
    reconnects: 'by hand',
    lacks: { 'NUL in a body': CUTS_AT_NUL, 'escaped headers': NO_ESCAPES },
  },
  {
    name: 'stompjs 2.3.3',
    language: 'JavaScript',
    transport: 'websocket',
    command: [process.execPath, script('stompjs-over.mjs'), '2', 'v10.stomp', 'v11.stomp'],
    versions: ['1.1'],
    reconnects: 'by hand',
    lacks: { 'NUL in a body': CUTS_AT_NUL, 'escaped headers': NO_ESCAPES },
  },
]
