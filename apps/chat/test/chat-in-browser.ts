import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { ChatProcess } from './chat-process.js'
import { ChatWindow, launch } from './window.js'

/** There from the first test of a suite to its last. */
export interface ChatInBrowser {
  readonly chat: ChatProcess
  readonly browser: Browser
  /** Another person's window. */
  readonly open: (options?: BrowserContextOptions) => Promise<ChatWindow>
}

/**
 * A chat in a folder of its own, and a browser, for all tests of the suite that calls this.
 *
 * @param environment of the chat; asked for after what the suite itself has begun before
 */
export function chatInBrowser(environment: () => NodeJS.ProcessEnv = () => ({})): ChatInBrowser {
  const ends: (() => Promise<unknown>)[] = []
  let chat: ChatProcess
  let browser: Browser

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'chat-'))
    ends.push(() => rm(dataDir, { recursive: true, force: true }))
    chat = await ChatProcess.started(dataDir, environment())
    ends.push(() => chat.kill())
    browser = await launch()
    ends.push(() => browser.close())
  })
  afterAll(async () => {
    for (const end of ends.toReversed()) await end()
  })

  return {
    get chat() {
      return chat
    },
    get browser() {
      return browser
    },
    open: (options) => ChatWindow.open(browser, options),
  }
}
