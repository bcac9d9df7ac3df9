import { linkify } from '../linkify.js'

export function LinkedText({ text }: { readonly text: string }) {
  return linkify(text).map(({ text: piece, href }, i) =>
    href === undefined ? (
      piece
    ) : (
      <a key={i} href={href} target="_blank" rel="noopener noreferrer nofollow">
        {piece}
      </a>
    ),
  )
}
