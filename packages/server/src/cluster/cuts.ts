import { StompError } from '../errors.js'
import { PathPattern } from '../path-pattern.js'
import type { Sessions } from '../sessions.js'
import type { StompUser } from '../stomp-session.js'
import type { Channel, Cluster, ClusterChoice, ClusterRevocation } from './cluster.js'
import type { Membership } from './membership.js'

/** A StompError on its way. */
interface Why {
  readonly code: string
  readonly message: string
  readonly detail?: string | undefined
  readonly data?: unknown
}

/** What is taken from whom, on its way. */
type Cut =
  | { readonly kind: 'disconnect'; readonly user: string; readonly why?: Why | undefined }
  | {
      readonly kind: 'revoke'
      readonly destination: string
      readonly user?: string | undefined
      readonly session?: string | undefined
      readonly why?: Why | undefined
      readonly notice?: 'error' | 'none' | undefined
    }
  | { readonly kind: 'recheck'; readonly user?: string | undefined; readonly session?: string | undefined }

const CHANNEL = '_cuts'

/** The cluster as applications see it. @param failed hears of what could not be carried out for another node */
export function clusterOf<User extends StompUser>(
  membership: Membership,
  sessions: Sessions<User>,
  failed: (error: unknown) => void,
): Cluster<User> {
  const cuts = new Cuts(sessions, membership, failed)
  return {
    name: membership.self.name,
    nodes: () => membership.nodes(),
    channel: (name, observer) => membership.channel(name, observer),
    shared: (name, observer) => membership.shared(name, observer),
    disconnectUser: (name, why) => cuts.disconnectUser(name, why),
    revoke: (revocation) => cuts.revoke(revocation),
    recheck: (whose) => cuts.recheck(whose),
  }
}

/** Takes from sessions what they may not have any more, on every node. */
class Cuts<User extends StompUser> implements Pick<Cluster<User>, 'disconnectUser' | 'revoke' | 'recheck'> {
  readonly #sessions: Sessions<User>
  readonly #channel: Channel<Cut>
  readonly #failed: (error: unknown) => void
  #rechecking = false
  #again = false

  constructor(sessions: Sessions<User>, membership: Membership, failed: (error: unknown) => void) {
    this.#sessions = sessions
    this.#failed = failed
    this.#channel = membership.channel<Cut>(CHANNEL, {
      heard: (cut) => void this.#carryOut(cut).catch(failed),
      missed: () => void this.#recheckAll().catch(failed),
    })
  }

  disconnectUser(user: string, why?: StompError): number {
    this.#channel.tell({ kind: 'disconnect', user, why: packed(why) })
    return this.#sessions.disconnectUser(user, why)
  }

  async revoke({ destination, user, session, why, notice }: ClusterRevocation): Promise<number> {
    // Before anybody is told: a pattern that is malformed is refused here.
    void new PathPattern(destination)
    const told = { kind: 'revoke', destination, user, session: idOf(session), notice } as const
    this.#channel.tell({ ...told, why: packed(why) })
    return this.#sessions.revoke(chosen({ ...told, why }))
  }

  async recheck({ user, session }: ClusterChoice<User> = {}): Promise<number> {
    const told = { kind: 'recheck', user, session: idOf(session) } as const
    this.#channel.tell(told)
    return this.#sessions.recheck(chosen(told))
  }

  async #carryOut(cut: Cut): Promise<void> {
    if (cut.kind === 'disconnect') this.#sessions.disconnectUser(cut.user, unpacked(cut.why))
    else if (cut.kind === 'revoke') await this.#sessions.revoke(chosen({ ...cut, why: unpacked(cut.why) }))
    else if (cut.kind === 'recheck') await this.#sessions.recheck(chosen(cut))
    else this.#failed(new TypeError('A node wants something that is not known here'))
  }

  /** One session after the other: rules may ask a database, and every node does this at the same time. */
  async #recheckAll(): Promise<void> {
    this.#again = true
    if (this.#rechecking) return
    this.#rechecking = true
    try {
      while (this.#again) {
        this.#again = false
        for (const { id } of this.#sessions.all()) await this.#sessions.recheck({ session: id })
      }
    } finally {
      this.#rechecking = false
    }
  }
}

interface Choice {
  readonly user?: string | undefined
  readonly session?: string | undefined
}

/** Without the members that are not given: left out, they choose everybody. */
function chosen<Of extends Choice>(of: Of): { [Name in keyof Of]: Exclude<Of[Name], undefined> } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Of]: Exclude<Of[Name], undefined>
  }
}

function idOf(session: string | { readonly id: string } | undefined): string | undefined {
  return typeof session === 'object' ? session.id : session
}

function packed(why: StompError | undefined): Why | undefined {
  return why && { code: why.code, message: why.message, detail: why.detail, data: why.data }
}

function unpacked(why: Why | undefined): StompError | undefined {
  if (why === undefined) return undefined
  const { code, message, detail, data } = why
  return new StompError(code, message, { ...(detail !== undefined && { detail }), data })
}
