import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'
import { meaningOfLineBreak, sendsOnKeyDown } from '../enter-key.js'

/**
 * Calls `send` for an Enter that means it.
 *
 * Listens to the element itself: React's own `onBeforeInput` is another event, made of key presses.
 */
export function useEnter(field: RefObject<HTMLTextAreaElement | null>, send: () => void): void {
  const latest = useRef(send)
  useLayoutEffect(() => {
    latest.current = send
  })
  useEffect(() => {
    const element = field.current
    const listening = new AbortController()
    const { signal } = listening
    const held = { shift: false, composition: false }
    function sendInsteadOf(event: Event): void {
      event.preventDefault()
      latest.current()
    }
    element?.addEventListener('compositionstart', () => (held.composition = true), { signal })
    element?.addEventListener('compositionend', () => (held.composition = false), { signal })
    element?.addEventListener(
      'keydown',
      (event) => {
        held.shift = event.shiftKey || event.altKey
        if (sendsOnKeyDown(event)) sendInsteadOf(event)
      },
      { signal },
    )
    element?.addEventListener(
      'beforeinput',
      (event) => {
        const meaning = meaningOfLineBreak(event, held)
        if (meaning === 'send') sendInsteadOf(event)
        if (meaning === 'nothing') event.preventDefault()
      },
      { signal },
    )
    return () => listening.abort()
  }, [field])
}
