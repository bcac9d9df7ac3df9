import { useEffect, useState } from 'react'
import { useTexts } from '../i18n/language.js'
import { usePage } from '../page.js'
import { useConnection } from './use-connection.js'

/** The state of the connection, in words, wherever the reader is. */
export function ConnectionStatus() {
  const { client } = usePage()
  const texts = useTexts()
  const { kind, retryAt } = useConnection()
  return (
    <span className="connection" data-testid="connection-state" data-state={kind}>
      {/* Only the state is announced; a countdown that is read aloud every second helps nobody. */}
      <output>{texts[kind]}</output>
      {retryAt !== undefined && (
        <>
          <Countdown retryAt={retryAt} />
          <button type="button" className="text-button" onClick={() => void client.connect()}>
            {texts.retryNow}
          </button>
        </>
      )}
    </span>
  )
}

function Countdown({ retryAt }: { readonly retryAt: number }) {
  const texts = useTexts()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1_000))
  return (
    <span className="countdown" aria-hidden="true">
      <span className="is-long">{texts.retryInLong(seconds)}</span>
      <span className="is-short">{texts.retryIn(seconds)}</span>
    </span>
  )
}
