import type { Page } from 'playwright-core'

/** A part of a page whose colours are too close to each other. */
interface Faint {
  readonly what: string
  readonly ratio: number
  readonly needed: number
}

/**
 * What stands in a page with less contrast than WCAG 2.2 AA asks for: 4.5 for text, 3 for large text (1.4.3), for icons and
 * for the edges of fields (1.4.11). Computed from what the browser has made of the style sheets; what is switched off does not
 * count, as there.
 */
export async function faintParts(page: Page): Promise<readonly Faint[]> {
  // What is fading in is not measured half way.
  await page.evaluate(() => {
    for (const animation of document.getAnimations()) {
      if (animation.effect?.getComputedTiming().iterations === Infinity) animation.cancel()
      else animation.finish()
    }
  })
  return page.evaluate(measure)
}

/** Runs in the page. */
function measure(): Faint[] {
  type Colour = readonly [red: number, green: number, blue: number, alpha: number]
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d', { willReadFrequently: true })!

  /** Any colour of CSS, as the browser paints it. */
  function painted(css: string): Colour {
    context.clearRect(0, 0, 1, 1)
    context.fillStyle = css
    context.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha / 255]
  }
  function over([red, green, blue, alpha]: Colour, below: Colour): Colour {
    const mix = (top: number, bottom: number): number => top * alpha + bottom * (1 - alpha)
    return [mix(red, below[0]), mix(green, below[1]), mix(blue, below[2]), 1]
  }
  const faded = ([red, green, blue, alpha]: Colour, opacity: number): Colour => [
    red,
    green,
    blue,
    alpha * opacity,
  ]

  /** A colour of an element, and what is behind it, as they come to the eye. */
  function seen(element: Element, css: string, behind = element): readonly [Colour, Colour] {
    const chain: Element[] = []
    for (let at: Element | null = element; at !== null; at = at.parentElement) chain.unshift(at)
    let ground: Colour = painted('Canvas')
    const groups: { readonly opacity: number; readonly below: Colour }[] = []
    for (const at of chain) {
      const style = getComputedStyle(at)
      if (Number(style.opacity) < 1) groups.push({ opacity: Number(style.opacity), below: ground })
      if (at === element && behind !== element) break
      ground = over(painted(style.backgroundColor), ground)
    }
    let colour = over(painted(css), ground)
    for (const { opacity, below } of groups.toReversed()) {
      colour = over(faded(colour, opacity), below)
      ground = over(faded(ground, opacity), below)
    }
    return [colour, ground]
  }
  function luminance(colour: Colour): number {
    const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  function contrast([one, other]: readonly [Colour, Colour]): number {
    const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }

  const off = ':disabled, [aria-disabled=true], [inert], .visually-hidden, noscript'
  function counts(element: Element): boolean {
    const visible = element.checkVisibility({
      opacityProperty: true,
      visibilityProperty: true,
      contentVisibilityAuto: true,
    })
    return visible && element.closest(off) === null
  }
  function textSize({ fontSize, fontWeight }: CSSStyleDeclaration): number {
    const large = parseFloat(fontSize) >= (Number(fontWeight) >= 700 ? 18.66 : 24)
    return large ? 3 : 4.5
  }

  const faint: Faint[] = []
  function demand(element: Element, part: string, colours: readonly [Colour, Colour], needed: number): void {
    const ratio = Math.round(contrast(colours) * 100) / 100
    if (ratio >= needed) return
    const name = `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`
    faint.push({ what: `${part} ${name} “${element.textContent.trim().slice(0, 30)}”`, ratio, needed })
  }
  for (const element of document.body.querySelectorAll('*')) {
    if (!counts(element)) continue
    const style = getComputedStyle(element)
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.nodeValue?.trim() !== '',
    )
    if (hasText) demand(element, 'text of', seen(element, style.color), textSize(style))
    if (element.matches('input:placeholder-shown, textarea:placeholder-shown')) {
      const { color } = getComputedStyle(element, '::placeholder')
      demand(element, 'placeholder of', seen(element, color), textSize(style))
    }
    if (element.matches('svg.icon')) demand(element, 'icon', seen(element, style.color), 3)
    const isField = element.matches('input.field, .composer-line, .talk-editor')
    if (isField) demand(element, 'edge of', seen(element, style.borderTopColor, document.body), 3)
  }
  return faint
}
