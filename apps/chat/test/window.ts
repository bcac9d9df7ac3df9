import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { chromiumPath } from '../../../tools/requirements.js'
import { Traffic } from './traffic.js'

/** Chromium as it runs anywhere: as root, without a screen, and without calls to hosts that tests have not asked for. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** One person's window on the chat. */
export class ChatWindow {
  readonly page: Page
  readonly traffic: Traffic
  /** What failed in the page, and what it may not load. */
  readonly errors: string[] = []

  private constructor(page: Page, traffic: Traffic) {
    this.page = page
    this.traffic = traffic
    page.on('pageerror', (error) => this.errors.push(error.message))
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.errors.push(message.text())
    })
  }

  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<ChatWindow> {
    const context = await browser.newContext({
      locale: 'en-US',
      viewport: { width: 1100, height: 800 },
      ...options,
    })
    const traffic = new Traffic(context)
    return new ChatWindow(await context.newPage(), traffic)
  }

  /** Opens a room's page, and gives a name if it asks for one. */
  async enter(url: string, name: string): Promise<void> {
    await this.page.goto(url)
    await this.page.getByTestId('name-input').fill(name)
    await this.page.getByTestId('name-input').press('Enter')
    await this.online()
  }

  /** Registers a name from a page that shows who is signed in. */
  async signUp(name: string, password: string): Promise<void> {
    await this.page.getByTestId('sign-in').click()
    await this.page.getByTestId('other-mode').click()
    const [nameField, passwordField] = await this.page.getByTestId('account-form').locator('input').all()
    await nameField?.fill(name)
    await passwordField?.fill(password)
    await passwordField?.press('Enter')
    await this.page.getByTestId('account').waitFor()
    await this.online()
  }

  close(): Promise<void> {
    return this.page.context().close()
  }

  online(): Promise<void> {
    return this.connection('online')
  }

  connection(state: string): Promise<void> {
    return this.page
      .locator(`[data-testid=connection-state][data-state=${state}]`)
      .first()
      .waitFor({ state: 'attached' })
  }

  get composer(): Locator {
    return this.page.getByTestId('composer')
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
  }

  /** Waits until a text stands in the conversation. */
  async sees(text: string): Promise<void> {
    await this.page.getByTestId('messages').getByText(text).first().waitFor()
  }

  /** Waits until a message of one's own has been through the server. */
  async sent(text: string): Promise<void> {
    await this.page
      .locator('[data-testid=message][data-own=true]:not([data-step])', { hasText: text })
      .waitFor()
  }

  message(containing: string): Locator {
    return this.page.getByTestId('message').filter({ hasText: containing })
  }

  /** Messages in the order of the page, of those that contain this. */
  messages(containing: string): Promise<string[]> {
    return this.message(containing).allInnerTexts()
  }
}
