import type { Page } from 'playwright-core'

/** Links in what is said are as high as its lines. */
const PRESSED = 'a:not(.bubble a), button, .choice label, label.check'
/** Half of 44 pixels, and a little less for edges between pixels. */
const REACH = 21

/** What is shown and cannot be pressed everywhere in 44 by 44 pixels: its name, and where it was missed. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(
    ([pressed, reach]) => {
      const dialog = [...document.querySelectorAll('dialog[open]')].at(-1)
      const missed: string[] = []
      for (const target of (dialog ?? document).querySelectorAll<HTMLElement>(pressed)) {
        const { left, top, width, height } = target.getBoundingClientRect()
        const [x, y] = [left + width / 2, top + height / 2]
        // Not shown, scrolled away, or for the eyes of a keyboard alone.
        if (document.elementFromPoint(x, y)?.closest(pressed) !== target) continue
        for (const [dx, dy] of [
          [reach, 0],
          [-reach, 0],
          [0, reach],
          [0, -reach],
        ] as const) {
          const hit = document.elementFromPoint(x + dx, y + dy)
          if (hit?.closest(pressed) !== target)
            missed.push(`${target.ariaLabel ?? target.innerText} (${dx}, ${dy})`)
        }
      }
      return missed
    },
    [PRESSED, REACH] as const,
  )
}
