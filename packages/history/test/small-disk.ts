import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, in memory: it can be full, and it can be read-only. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'disk-'))
  readonly #ballast = join(this.folder, 'ballast')

  /** @param bytes of which some are taken until `free` */
  constructor(bytes: number, taken: number) {
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.folder)
    writeFileSync(this.#ballast, Buffer.alloc(taken))
  }

  free(): void {
    rmSync(this.#ballast)
  }

  readOnly(): void {
    run('mount', '-o', 'remount,ro', this.folder)
  }

  remove(): void {
    run('umount', '--lazy', this.folder)
    rmdirSync(this.folder)
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args)
  if (status !== 0) throw new Error(`${program}: ${stderr.toString()}`)
}
