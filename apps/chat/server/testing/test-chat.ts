import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { SOCKJS_CLIENT_PATH } from '../http/sockjs-client.js'
import { createChat } from '../chat.js'
import type { Chat } from '../chat.js'
import type { ChatConfig } from '../config.js'
import type { ChatLimits } from '../limits.js'
import { RawClient } from './raw-client.js'
import type { Json } from './raw-client.js'

export interface TestChatOptions {
  readonly config?: Partial<ChatConfig>
  readonly limits?: Partial<ChatLimits>
}

const EACH_TIME = new Set(['level', 'time', 'pid', 'hostname', 'session', 'reqId', 'msg'])

/** A chat on a port of its own, with a folder of its own. */
export class TestChat {
  readonly address: string
  readonly dataDir: string
  /** Everything that was logged, from `debug` on. */
  readonly logged: Json[]
  readonly #chat: Chat
  readonly #clients: RawClient[] = []

  private constructor(chat: Chat, address: string, dataDir: string, logged: Json[]) {
    this.#chat = chat
    this.address = address
    this.dataDir = dataDir
    this.logged = logged
  }

  static async start({ config, limits }: TestChatOptions = {}): Promise<TestChat> {
    const dataDir = config?.dataDir ?? temporaryFolder()
    const logged: Json[] = []
    const log = pino({ level: 'debug' }, { write: (line) => void logged.push(JSON.parse(line) as Json) })
    const chat = await createChat({
      log,
      webRoot: pageIn(temporaryFolder()),
      limits: { drainMs: 1, countsEveryMs: 1, ...limits },
      config: {
        host: '127.0.0.1',
        port: 0,
        logLevel: 'debug',
        allowedOrigins: [],
        openRooms: false,
        stompTcpPort: 0,
        sockJsClientUrl: SOCKJS_CLIENT_PATH,
        ...config,
        dataDir,
      },
    })
    return new TestChat(chat, await chat.listen(), dataDir, logged)
  }

  async client(headers?: Record<string, string>): Promise<RawClient> {
    const client = await RawClient.connected(this.address, headers)
    this.#clients.push(client)
    return client
  }

  /** Someone in a room, who has heard of their own coming. */
  async member(roomId: string, sender: string | null): Promise<RawClient> {
    const client = await this.client()
    await client.subscribe(`/topic/chat/room/${roomId}`)
    await client.say({ type: 'ENTER', roomId, sender, message: '' })
    await client.message(`/topic/chat/room/${roomId}`)
    return client
  }

  async get(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: Json }> {
    const response = await fetch(this.address + path, init)
    return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
  }

  post(body: unknown, headers: Record<string, string> = {}): ReturnType<TestChat['get']> {
    return this.get('/api/rooms', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  /** The id of a new room. */
  async room(name: string): Promise<string> {
    const { status, body } = await this.post({ name })
    if (status !== 201) throw new Error(`No room was made: ${JSON.stringify(body)}`)
    return body['id'] as string
  }

  /** The lines of the log with a message, without what differs each time. */
  lines(msg: string): Json[] {
    return this.logged
      .filter((line) => line['msg'] === msg)
      .map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !EACH_TIME.has(name))))
  }

  /** Begins to close while clients are there. */
  drain(): Promise<void> {
    return this.#chat.close()
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.cut()
    await this.#chat.close()
  }
}

const folders: string[] = []

/** Removed by `removeTemporaryFolders`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stomping-ground-chat-'))
  folders.push(folder)
  return folder
}

export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** A page of the form that the build gives it. */
function pageIn(folder: string): string {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(folder, 'assets', 'index-a1b2c3.js'), 'export {}')
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  return folder
}
