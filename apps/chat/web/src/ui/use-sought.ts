import { useLayoutEffect, type RefObject } from 'react'
import type { Sought } from '../room/room-state.js'

/** So many frames it takes until what was out of sight has its size, and nothing moves any more. */
const FRAMES = 3

/**
 * Brings a message that was looked for into the middle, and the focus to it.
 *
 * @param leave the end is not followed any more
 */
export function useSoughtInSight(
  log: RefObject<HTMLElement | null>,
  sought: Sought | undefined,
  leave: () => void,
): void {
  useLayoutEffect(() => {
    if (sought === undefined || log.current === null) return undefined
    const found = messageAt(log.current, sought.offset)
    if (found === undefined) return undefined
    leave()
    found.tabIndex = -1
    found.dataset['sought'] = 'true'
    found.focus({ preventScroll: true })
    let frame = 0
    function show(frames: number): void {
      found?.scrollIntoView({ block: 'center' })
      if (frames > 0) frame = requestAnimationFrame(() => show(frames - 1))
    }
    show(FRAMES)
    return () => {
      cancelAnimationFrame(frame)
      delete found.dataset['sought']
    }
  }, [log, sought, leave])
}

/** The message at an offset; where that is gone, the next one. */
function messageAt(log: HTMLElement, offset: number): HTMLElement | undefined {
  return [...log.querySelectorAll<HTMLElement>('[data-offset]')].find(
    (element) => Number(element.dataset['offset']) >= offset,
  )
}
