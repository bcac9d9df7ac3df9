import type { Reporter, TestModule } from 'vitest/node'
import { requirements } from './requirements.js'

/** Ends a run with what this machine could not test, and with one plain line of counts. */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 }
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) counts[test.result().state]++
    }
    for (const one of Object.values(requirements)) {
      if (!one.met) console.log(`Left out, for want of ${one.name}: install it with \`${one.install}\``)
    }
    console.log(
      `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped`,
    )
  }
}
