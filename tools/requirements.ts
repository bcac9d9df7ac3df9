import { existsSync } from 'node:fs'

/** A program that some tests need and that `npm ci` does not bring. */
export interface Requirement {
  readonly name: string
  readonly install: string
  readonly met: boolean
}

const requirement = (name: string, install: string, met: boolean): Requirement => ({ name, install, met })

export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'

/** Every such program, with the command that installs it. */
export const requirements = {
  chromium: requirement('Chromium', 'apt-get install -y chromium', existsSync(chromiumPath)),
} as const

/**
 * Whether tests that need these programs are to be skipped here. `STOMPING_GROUND_REQUIRE=all` turns a missing one
 * into a failure of the file that asks.
 */
export function missing(...needed: Requirement[]): boolean {
  const absent = needed.filter((one) => !one.met)
  if (absent.length > 0 && process.env['STOMPING_GROUND_REQUIRE'] === 'all') {
    throw new Error(absent.map((one) => `${one.name} is required here: ${one.install}`).join('\n'))
  }
  return absent.length > 0
}
