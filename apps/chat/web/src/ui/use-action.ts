import { useState } from 'react'
import { asRefusal } from '../api.js'
import type { Refusal } from '../refusal.js'

interface Action {
  readonly busy: boolean
  /** Why the last one was refused, until the next one or `clear`. */
  readonly refusal: Refusal | undefined
  /** Does something that the server may refuse; one at a time. */
  readonly run: (act: () => Promise<unknown>) => Promise<void>
  readonly refuse: (code: string) => void
  readonly clear: () => void
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  return {
    busy,
    refusal,
    async run(act) {
      if (busy) return
      setBusy(true)
      setRefusal(undefined)
      try {
        await act()
      } catch (error) {
        setRefusal(asRefusal(error))
      }
      setBusy(false)
    },
    refuse: (code) => setRefusal({ code, message: '' }),
    clear: () => setRefusal(undefined),
  }
}
