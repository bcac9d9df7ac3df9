import type { CSSProperties } from 'react'
import { hue, initial } from '../names.js'

export function Avatar({ name }: { readonly name: string }) {
  return (
    <span className="avatar" style={hueStyle(name)} aria-hidden="true">
      {initial(name)}
    </span>
  )
}

export function hueStyle(name: string): CSSProperties {
  return { '--hue': hue(name) } as CSSProperties
}
