import { linkify } from '../linkify.js'

export function LinkedText({ text }: { readonly text: string }) {
  return linkify(text).map(({ text: piece, href }, i) =>
    href === undefined ? (
      piece
    ) : (
      // Pieces of a text that never changes: their order is who they are.
      // eslint-disable-next-line react/no-array-index-key
      <a key={i} href={href} target="_blank" rel="noopener noreferrer nofollow">
        {piece}
      </a>
    ),
  )
}
