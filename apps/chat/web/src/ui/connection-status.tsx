import { useEffect, useState } from 'react'
import type { ConnectionState } from '../connection/connection.js'
import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { useStore } from '../store.js'

/** The state of the connection, in words, wherever the reader is. */
export function ConnectionStatus() {
  const { connection } = usePage()
  const texts = useTexts()
  const state = useStore(connection.state)
  return (
    <span className="connection" data-testid="connection-state" data-state={state.kind}>
      {/* Only the state is announced; a countdown that is read aloud every second helps nobody. */}
      <output>{texts[state.kind]}</output>
      {'retryAt' in state && (
        <>
          <Countdown state={state} />
          <button type="button" className="text-button" onClick={() => connection.connect()}>
            {texts.retryNow}
          </button>
        </>
      )}
    </span>
  )
}

function Countdown({ state }: { readonly state: Extract<ConnectionState, { retryAt: number }> }) {
  const texts = useTexts()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1_000))
  return (
    <span className="countdown" aria-hidden="true">
      <span className="is-long">{texts.retryInLong(seconds)}</span>
      <span className="is-short">{texts.retryIn(seconds)}</span>
    </span>
  )
}
