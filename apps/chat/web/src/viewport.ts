/**
 * Keeps the page as high as what can be seen. Keyboards of iOS lie over the page and say so to `visualViewport` alone;
 * where they make the page smaller, `100dvh` is right and nothing is set.
 */
export function followKeyboard(): void {
  const viewport = window.visualViewport
  if (viewport === null) return
  const style = document.documentElement.style
  viewport.addEventListener('resize', () => {
    const covered = window.innerHeight - viewport.height
    if (viewport.scale > 1 || covered < 80) style.removeProperty('--seen-height')
    else style.setProperty('--seen-height', `${Math.round(viewport.height)}px`)
  })
}
