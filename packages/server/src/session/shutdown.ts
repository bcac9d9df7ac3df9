import type { Clock } from '../clock.js'
import type { DisconnectReason } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import type { Session } from './session.js'

/** How often a batch of sessions is closed. */
const BATCH_EVERY_MS = 100

/**
 * Closes sessions in batches at random order, so that their clients do not all come back at once, and waits until the
 * last one has gone.
 *
 * @param spreadMs the time over which the batches are spread; 0 closes all at once
 * @param deadlineMs after it, connections are cut
 */
export async function closeGradually<User extends StompUser>(
  sessions: Iterable<Session<User>>,
  options: { clock: Clock; reason: DisconnectReason; spreadMs: number; deadlineMs: number },
): Promise<void> {
  const { clock, reason, spreadMs, deadlineMs } = options
  const deadline = clock.now() + deadlineMs
  const waiting = shuffled([...sessions])
  const batch = Math.max(1, Math.ceil(waiting.length / Math.max(1, Math.floor(spreadMs / BATCH_EVERY_MS))))
  while (waiting.length > 0) {
    for (const session of waiting.splice(0, batch)) session.close(reason)
    if (waiting.length > 0) await new Promise<void>((resolve) => clock.after(BATCH_EVERY_MS, resolve))
  }
  const gone = Promise.all([...sessions].map((session) => session.ended))
  await new Promise<void>((resolve) => {
    const timer = clock.after(Math.max(0, deadline - clock.now()), resolve)
    void gone.then(() => {
      timer.cancel()
      resolve()
    })
  })
  for (const session of sessions) session.cut()
}

function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1))
    ;[items[i], items[j]] = [items[j]!, items[i]!]
  }
  return items
}
