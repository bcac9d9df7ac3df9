import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const

const file = (name: string): URL => new URL(`../page/${name}`, import.meta.url)
const FILES = new Map<string, URL | string>([
  ['/', file('index.html')],
  ['/style.css', file('style.css')],
  ['/ticker.js', file('ticker.js')],
  ['/icon.svg', file('icon.svg')],
  // One script for pages: `StompJs` is its name there.
  ['/stomp.js', createRequire(import.meta.url).resolve('@stomp/stompjs')],
])

/** Answers with the page and what belongs to it. */
export function servePage({ url = '/' }: IncomingMessage, response: ServerResponse): void {
  const found = FILES.get(url.replace(/\?.*/, ''))
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is nothing here.\n')
    return
  }
  const extension = /\.(\w+)$/.exec(String(found))?.[1] as keyof typeof TYPES
  response.writeHead(200, { 'content-type': `${TYPES[extension]}; charset=utf-8` }).end(readFileSync(found))
}
