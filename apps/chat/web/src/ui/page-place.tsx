import { useCallback, useEffect, useRef, useState } from 'react'
import { asRefusal } from '../api.js'
import { explain, useTexts } from '../i18n/language.js'
import type { Refusal } from '../refusal.js'

/** How far from what is seen messages are read. */
const AHEAD = '800px 0px'

interface PagePlaceProps {
  readonly testId: string
  /** What is said while the page is being read. */
  readonly reading: string
  readonly read: () => Promise<void>
}

/** Stands where another page of messages comes: it is read before the reader comes there. */
export function PagePlace({ testId, reading, read }: PagePlaceProps) {
  const texts = useTexts()
  const [refusal, setRefusal] = useState<Refusal>()
  const place = useRef<HTMLDivElement>(null)
  const failed = refusal !== undefined
  const start = useCallback(() => {
    setRefusal(undefined)
    read().catch((error: unknown) => setRefusal(asRefusal(error)))
  }, [read])
  useEffect(() => {
    const element = place.current
    if (element === null || failed) return undefined
    const root = element.closest('.log')
    const observer = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting === true && start(), {
      root,
      rootMargin: AHEAD,
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [start, failed])
  return (
    <div ref={place} className="page-place" data-testid={testId}>
      {failed ? (
        <>
          <span role="alert">{explain(texts, refusal)}</span>
          <button type="button" className="button is-quiet is-small" onClick={start}>
            {texts.readAgain}
          </button>
        </>
      ) : (
        <span className="quiet">{reading}</span>
      )}
    </div>
  )
}
