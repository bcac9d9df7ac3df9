import type { Logger } from 'pino'
import type { StompServer } from 'stomping-ground'
import type { Database } from '../database/database.js'
import type { ChatLimits } from '../limits.js'
import type { ChatUser } from './account.js'
import { Accounts } from './accounts.js'
import { Attempts } from './attempts.js'
import { Entrance } from './entrance.js'
import type { Live } from './live.js'
import { Logins } from './logins.js'
import { Passwords } from './passwords.js'

export interface DoorkeepingOptions {
  readonly database: Database
  readonly limits: ChatLimits
  /** Ends what sessions have lost, wherever they are. */
  readonly live: Pick<Live, 'loginsEnded' | 'nameRegistered'>
}

export interface Doorkeeping {
  readonly accounts: Accounts
  readonly logins: Logins
  readonly entrance: Entrance
  /** Ends sessions whose sign-in has ended, however it did, until the returned function is called. */
  watch(stomp: StompServer<ChatUser>, log: Logger): () => void
}

/** Puts together what knows accounts. */
export function keepDoors({ database, limits, live }: DoorkeepingOptions): Doorkeeping {
  const accounts = new Accounts(database, limits.accounts)
  const logins = new Logins(
    database,
    {
      lastsMs: limits.loginLastsMs,
      rotateMs: limits.loginRotateMs,
      graceMs: limits.loginGraceMs,
      perAccount: limits.loginsPerAccount,
    },
    (ended) => live.loginsEnded(ended),
  )
  const entrance = new Entrance({
    accounts,
    logins,
    passwords: new Passwords({
      costLog2: limits.passwordCostLog2,
      atOnce: limits.passwordHashes,
      waiting: limits.passwordHashesWaiting,
    }),
    attempts: new Attempts({
      perName: limits.wrongPasswords,
      withinMs: limits.wrongPasswordsMs,
      names: limits.wrongPasswordNames,
    }),
    registered: ({ name }) => live.nameRegistered(name),
  })
  return {
    accounts,
    logins,
    entrance,
    watch(stomp, log) {
      const failed = (error: unknown): void => log.error({ err: error }, 'could not look after sign-ins')
      const sweep = setInterval(() => void logins.endExpired().catch(failed), limits.loginSweepMs).unref()
      // Somebody may have signed out while the session was being opened.
      const stop = stomp.events.on('connected', ({ session }) => {
        const { loginId } = session.user
        if (loginId === undefined) return
        void logins.has(loginId).then((there) => there || session.disconnect(), failed)
      })
      return () => {
        clearInterval(sweep)
        stop()
      }
    },
  }
}
