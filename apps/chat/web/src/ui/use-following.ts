import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from 'react'

/** Closer to the end than this counts as at the end. */
const NEAR_PX = 48

interface Following {
  /** Whether the reader is at the end, so that what comes is scrolled to. */
  readonly following: boolean
  readonly follow: () => void
  /** What is shown now is not the end: nothing is scrolled to by itself. */
  readonly leave: () => void
}

/**
 * Keeps the end of `content` in sight while the reader is there, whatever grows: messages, the window, the keyboard.
 *
 * @param isPresent whether the end of `content` is the end of the conversation
 */
export function useFollowing(
  frame: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
  isPresent: boolean,
): Following {
  const [following, setFollowing] = useState(true)
  const wanted = useRef(true)

  const follow = useCallback(() => {
    wanted.current = true
    setFollowing(true)
    toEnd(frame.current)
  }, [frame])

  const leave = useCallback(() => {
    // Where all of it is in sight there is nothing to leave, and no scrolling that would come back.
    if (isPresent && frame.current !== null && isAllInSight(frame.current)) return
    wanted.current = false
    setFollowing(false)
  }, [frame, isPresent])

  useLayoutEffect(() => {
    const element = frame.current
    const inner = content.current
    if (element === null || inner === null) return undefined
    let lastTop = element.scrollTop
    function onScroll(this: HTMLElement): void {
      const near = isPresent && this.scrollHeight - this.scrollTop - this.clientHeight < NEAR_PX
      // Content that grows moves nothing up. Only the reader does.
      const up = this.scrollTop < lastTop
      lastTop = this.scrollTop
      if (near === wanted.current || (!near && !up)) return
      wanted.current = near
      setFollowing(near)
    }
    const observer = new ResizeObserver(() => wanted.current && toEnd(element))
    observer.observe(element)
    observer.observe(inner)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', onScroll)
    }
  }, [frame, content, isPresent])

  return { following, follow, leave }
}

function isAllInSight({ scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - clientHeight < NEAR_PX
}

function toEnd(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight
}
