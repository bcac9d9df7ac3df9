import type { ComponentProps } from 'react'
import { navigate } from '../router.js'

/** A link inside the page. Clicks that ask for another tab or window stay the browser's. */
export function Link({ href, children, ...props }: ComponentProps<'a'> & { readonly href: string }) {
  return (
    <a
      {...props}
      href={href}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        navigate(href)
      }}
    >
      {children}
    </a>
  )
}
