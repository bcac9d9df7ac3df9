import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import type { Files } from './proxy.js'
import { Traffic } from './traffic.js'

/** Where the page's copy of sockjs-client 1.1.2 is. */
export const OLD_SOCKJS_PATH = '/old/sockjs.min.js'

const require = createRequire(import.meta.url)
/** What a site of such pages has besides the chat. */
export const OLD_SITE: Files = new Map<string, string | URL>([
  ['/old/room.html', new URL('old-page.html', import.meta.url)],
  [OLD_SOCKJS_PATH, require.resolve('sockjs-client-1.1/dist/sockjs.min.js')],
  ['/old/stomp.min.js', require.resolve('stompjs/lib/stomp.min.js')],
])

interface OldWindowOptions {
  /** The site that the page is on. */
  readonly site: string
  readonly roomId: string
  /** What the page has kept of an earlier visit. */
  readonly sender: string
  /** Forces these transports. Default: what sockjs-client chooses. */
  readonly transports?: string
}

/** One person's window on a page that was written for another server. */
export class OldWindow {
  readonly page: Page
  readonly traffic: Traffic
  readonly errors: string[] = []

  private constructor(page: Page, traffic: Traffic) {
    this.page = page
    this.traffic = traffic
    page.on('pageerror', (error) => this.errors.push(error.message))
  }

  static async open(browser: Browser, options: OldWindowOptions): Promise<OldWindow> {
    const context = await browser.newContext()
    const traffic = new Traffic(context)
    const { site, roomId, sender, transports } = options
    await context.addInitScript((name) => localStorage.setItem('wschat.sender', name), sender)
    const query = new URLSearchParams({ roomId, ...(transports === undefined ? {} : { transports }) })
    const window = new OldWindow(await context.newPage(), traffic)
    await window.page.goto(`${site}/old/room.html?${query}`)
    return window
  }

  async say(text: string): Promise<void> {
    await this.page.locator('#message').fill(text)
    await this.page.locator('#message').press('Enter')
  }

  /** Waits until a line stands among the messages, so many times. */
  async sees(line: string, times = 1): Promise<void> {
    await this.#lines(line)
      .nth(times - 1)
      .waitFor()
  }

  /** The newest first. */
  lines(): Promise<string[]> {
    return this.page.locator('#messages li').allTextContents()
  }

  close(): Promise<void> {
    return this.page.context().close()
  }

  #lines(line: string) {
    return this.page.locator('#messages li').getByText(line, { exact: true })
  }
}
