import type { ComponentProps } from 'react'
import { navigate } from '../router.js'

interface LinkProps extends ComponentProps<'a'> {
  readonly href: string
  /** The page goes there. */
  readonly onFollow?: () => void
}

/** A link inside the page. Clicks that ask for another tab or window stay the browser's. */
export function Link({ href, onFollow, children, ...props }: LinkProps) {
  return (
    <a
      {...props}
      href={href}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        onFollow?.()
        navigate(href)
      }}
    >
      {children}
    </a>
  )
}
