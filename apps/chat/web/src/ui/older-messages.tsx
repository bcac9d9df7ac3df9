import { useCallback, useEffect, useRef, useState } from 'react'
import { asRefusal } from '../api.js'
import { explain, useTexts } from '../i18n/language.js'
import type { Refusal } from '../refusal.js'
import { firstOffset } from '../room/entries.js'
import type { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'

/** How far above what is seen messages are read. */
const AHEAD = '800px 0px 0px 0px'

interface OlderMessagesProps {
  readonly session: RoomSession
  readonly state: RoomState
}

/** The way to older messages: they are read before the reader comes to their place. */
export function OlderMessages({ session, state: { more, blocks } }: OlderMessagesProps) {
  // A place of its own for each page: it may be in sight still when one has come.
  return more && <OlderPlace key={firstOffset(blocks)} session={session} />
}

function OlderPlace({ session }: Pick<OlderMessagesProps, 'session'>) {
  const texts = useTexts()
  const [refusal, setRefusal] = useState<Refusal>()
  const place = useRef<HTMLDivElement>(null)
  const failed = refusal !== undefined
  const read = useCallback(() => {
    setRefusal(undefined)
    session.readOlder().catch((error: unknown) => setRefusal(asRefusal(error)))
  }, [session])
  useEffect(() => {
    const element = place.current
    if (element === null || failed) return undefined
    const root = element.closest('.log')
    const observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting === true && read(), {
      root,
      rootMargin: AHEAD,
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [read, failed])
  return (
    <div ref={place} className="older" data-testid="older">
      {failed ? (
        <>
          <span role="alert">{explain(texts, refusal)}</span>
          <button type="button" className="button is-quiet is-small" onClick={read}>
            {texts.retry}
          </button>
        </>
      ) : (
        <span className="quiet">{texts.readingOlder}</span>
      )}
    </div>
  )
}
