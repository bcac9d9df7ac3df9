import { useLayoutEffect, type RefObject } from 'react'

/** As high as the text, up to the bound that the style sheet sets. */
export function useGrowing(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    element.style.setProperty('height', 'auto')
    if (text !== '') element.style.setProperty('height', `${element.scrollHeight}px`)
  }, [field, text])
}
