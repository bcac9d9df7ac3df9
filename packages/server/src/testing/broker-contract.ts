import { topicContract } from './contract/topics.js'
import { queueContract } from './contract/queues.js'
import { ackContract } from './contract/acks.js'
import { commitContract } from './contract/commit.js'
import type { ContractOptions, MakeBroker, Runner } from './contract/kit.js'

export type { ContractOptions, MakeBroker, Runner } from './contract/kit.js'

/**
 * What every broker promises, as tests: run it with yours.
 *
 * ```ts
 * brokerContract({ describe, test }, () => embeddedBroker())
 * ```
 *
 * The broker has to allow everybody `/topic/**` and `/queue/**`, and to hold nothing under names with `contract-`. Where
 * it delivers late, tests wait for what has to come, and the runner's time limit is what fails them.
 */
export function brokerContract(runner: Runner, makeBroker: MakeBroker, options: ContractOptions = {}): void {
  topicContract(runner, makeBroker)
  queueContract(runner, makeBroker)
  ackContract(runner, makeBroker, options)
  commitContract(runner, makeBroker, options)
}
