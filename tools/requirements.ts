import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A program that some tests need and that `npm ci` does not bring. */
export interface Requirement {
  readonly name: string
  readonly install: string
  readonly met: boolean
  /** It is a privilege that no package brings: where it is missing, nothing fails. */
  readonly privilege?: true
}

const requirement = (name: string, install: string, met: boolean): Requirement => ({ name, install, met })

/** One that is there when a program of Debian's runs to its end: asked once, and not before somebody wants to know. */
function runnable(name: string, install: string, program: string, ...args: string[]): Requirement {
  let met: boolean | undefined
  return {
    name,
    install,
    get met() {
      return (met ??= spawnSync(program, args).status === 0)
    },
  }
}

export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/** Where Debian puts the programs of its newest PostgreSQL. */
export const postgresPrograms = debianPostgres('/usr/lib/postgresql')

function debianPostgres(root: string): string | undefined {
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  return versions
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')))
}

let mountable: boolean | undefined

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status === 0
  if (mounted) spawnSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

/** Every such program, with the command that installs it. */
export const requirements = {
  chromium: requirement('Chromium', 'apt-get install -y chromium', existsSync(chromiumPath)),
  rabbitMq: requirement(
    'RabbitMQ',
    'apt-get install -y rabbitmq-server',
    existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server'),
  ),
  activeMq: requirement(
    'ActiveMQ',
    'apt-get install -y activemq',
    existsSync('/usr/share/activemq/lib/activemq-stomp.jar'),
  ),
  postgres: requirement('PostgreSQL', 'apt-get install -y postgresql', postgresPrograms !== undefined),
  haproxy: requirement('HAProxy', 'apt-get install -y haproxy', existsSync('/usr/sbin/haproxy')),
  // Disks that are full, or cannot be written to.
  mounting: {
    name: 'a file system of its own',
    install: 'run as root, in a container with CAP_SYS_ADMIN',
    privilege: true,
    get met() {
      return (mountable ??= mayMount())
    },
  } satisfies Requirement,
  // Too large to install for everyone who wants a chat.
  next: requirement(
    'Next.js',
    'npm ci --prefix examples/nextjs',
    existsSync(fileURLToPath(new URL('../examples/nextjs/node_modules', import.meta.url))),
  ),
  // Debian's own interpreters: another python3 on the PATH does not see Debian's modules.
  stompPython: runnable(
    'stomp.py',
    'apt-get install -y python3-stomp',
    '/usr/bin/python3',
    '-c',
    'import stomp',
  ),
  stompRuby: runnable(
    "Ruby's stomp gem",
    'apt-get install -y ruby-stomp',
    '/usr/bin/ruby',
    '-r',
    'stomp',
    '-e',
    '',
  ),
  stompPerl: runnable(
    "Perl's Net::Stomp",
    'apt-get install -y libnet-stomp-perl',
    '/usr/bin/perl',
    '-MNet::Stomp',
    '-e',
    '1',
  ),
  stompPhp: runnable(
    "PHP's Stomp extension",
    'apt-get install -y php-cli php-stomp',
    '/usr/bin/php',
    '-r',
    "exit(class_exists('Stomp') ? 0 : 1);",
  ),
} as const

/**
 * Whether tests that need these programs are to be skipped here. `STOMPING_GROUND_REQUIRE=all` turns a missing one
 * into a failure of the file that asks.
 */
export function missing(...needed: Requirement[]): boolean {
  const absent = needed.filter((one) => !one.met)
  const owed = absent.filter((one) => one.privilege !== true)
  if (owed.length > 0 && process.env['STOMPING_GROUND_REQUIRE'] === 'all') {
    throw new Error(owed.map((one) => `${one.name} is required here: ${one.install}`).join('\n'))
  }
  return absent.length > 0
}
