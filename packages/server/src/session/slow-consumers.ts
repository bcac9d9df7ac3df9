import { USER_PREFIX } from '../contract.js'
import { userTopicPatterns } from '../message.js'
import { PathPattern } from '../path-pattern.js'

/** What happens to the messages of some topics while a session's connection is congested. */
export type SlowConsumerRule = {
  /** A topic or a pattern of topics, as in SUBSCRIBE: `/topic/ticks/**`, `/user/queue/prices`. */
  readonly destination: string
} & (
  | {
      /** All of them wait, within `limits.outboxBytes` and `limits.outboxStallMs`; past either the session ends. */
      readonly policy: 'disconnect'
    }
  | ({
      /** The oldest that wait make room for new ones. */
      readonly policy: 'drop-oldest'
    } & DropBounds)
  | ({
      /** Of those with the same value of the header `key` only the newest waits, in the place of the first. */
      readonly policy: 'keep-latest'
      /** Left out: one message waits for each subscription and destination. */
      readonly key?: string
    } & DropBounds)
)

export interface DropBounds {
  /** What may wait of one destination for one subscription. Default: `limits.outboxBytes`. */
  readonly bytes?: number
  /** How long a message may wait; it is dropped when its turn comes later. Default: `limits.outboxStandstillMs`. */
  readonly ms?: number
}

/** A policy under which messages are dropped. One object for each rule, compared by identity. */
export interface DropPolicy {
  readonly name: 'drop-oldest' | 'keep-latest'
  /** The rule's, to tell of what was dropped. */
  readonly destination: string
  readonly key: string | undefined
  readonly bytes: number
  readonly ms: number
}

/** Destinations whose policies are remembered; past it the memory starts anew. */
const REMEMBERED = 10_000

/** What a session that reads too slowly loses: by the first rule whose pattern matches, or nothing. */
export class SlowConsumers {
  readonly #rules: readonly { readonly pattern: PathPattern; readonly policy: DropPolicy | undefined }[]
  readonly #remembered = new Map<string, DropPolicy | undefined>()

  /**
   * @param defaults the bounds of rules that name none
   * @throws TypeError or RangeError naming the rule that is wrong
   */
  constructor(rules: readonly SlowConsumerRule[], defaults: Required<DropBounds>) {
    this.#rules = rules.flatMap((rule) => {
      const policy = compiled(rule, defaults)
      return patternsOf(rule.destination).map((pattern) => ({ pattern, policy }))
    })
  }

  /** The policy for a topic's messages; `undefined` is `disconnect`. */
  policyOf(destination: string): DropPolicy | undefined {
    if (this.#rules.length === 0) return undefined
    const known = this.#remembered.get(destination)
    if (known !== undefined || this.#remembered.has(destination)) return known
    const policy = this.#rules.find(({ pattern }) => pattern.match(destination) !== undefined)?.policy
    if (this.#remembered.size >= REMEMBERED) this.#remembered.clear()
    this.#remembered.set(destination, policy)
    return policy
  }
}

const KNOWN = {
  disconnect: ['destination', 'policy'],
  'drop-oldest': ['destination', 'policy', 'bytes', 'ms'],
  'keep-latest': ['destination', 'policy', 'key', 'bytes', 'ms'],
} as const satisfies Record<SlowConsumerRule['policy'], readonly string[]>

function compiled(rule: SlowConsumerRule, defaults: Required<DropBounds>): DropPolicy | undefined {
  const where = `The rule of slowConsumers for ${JSON.stringify(rule.destination)}`
  if (!Object.hasOwn(KNOWN, rule.policy)) {
    throw new TypeError(`${where} has no such policy: ${JSON.stringify(rule.policy)}`)
  }
  const known: readonly string[] = KNOWN[rule.policy]
  const unknown = Object.keys(rule).find((name) => !known.includes(name))
  if (unknown !== undefined) throw new TypeError(`${where} cannot have ${unknown} with ${rule.policy}`)
  if (rule.policy === 'disconnect') return undefined
  const key = rule.policy === 'keep-latest' ? rule.key : undefined
  if (key === '') throw new TypeError(`${where} has an empty key`)
  const { bytes = defaults.bytes, ms = defaults.ms } = rule
  for (const [name, value] of Object.entries({ bytes, ms })) {
    if (Number.isSafeInteger(value) && value > 0) continue
    throw new RangeError(`${where} has to have a positive integer as ${name}, not ${value}`)
  }
  return { name: rule.policy, destination: rule.destination, key, bytes, ms }
}

/** Messages of queues are somebody's work: nothing that drops may match them. */
const QUEUES = ['/queue/**', '/temp-queue/**', '/reply-queue/**']

function patternsOf(destination: string): PathPattern[] {
  const pattern = new PathPattern(destination)
  if (QUEUES.some((queues) => pattern.meets(queues))) {
    throw new TypeError(
      `The rule of slowConsumers for ${JSON.stringify(destination)} meets queues: it is for topics alone`,
    )
  }
  if (!destination.startsWith(`${USER_PREFIX}/`)) return [pattern]
  return userTopicPatterns(destination).map((topic) => new PathPattern(topic))
}
