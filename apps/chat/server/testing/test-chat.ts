import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { SOCKJS_CLIENT_PATH } from '../http/sockjs-client.js'
import { createChat } from '../chat.js'
import type { Chat } from '../chat.js'
import type { ChatConfig } from '../config.js'
import type { Database } from '../database/database.js'
import type { ChatLimits } from '../limits.js'
import { RawClient } from './raw-client.js'
import type { Json } from './raw-client.js'
import { temporaryFolder, testPlace, withTestDatabase } from './test-database.js'

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
      limits: {
        drainMs: 1,
        countsEveryMs: 1,
        saidEveryMs: 1,
        searchEveryMs: 1,
        editsPerMinute: 100_000,
        searchesPerMinute: 100_000,
        roomReadsMs: 1,
        passwordCostLog2: 4,
        signUpsPerMinute: 1_000,
        ...limits,
      },
      config: {
        host: '127.0.0.1',
        port: 0,
        brokerUrl: undefined,
        nodeAddress: undefined,
        nodeSecret: undefined,
        trustProxy: 0,
        logLevel: 'debug',
        allowedOrigins: [],
        openRooms: false,
        editMs: 86_400_000,
        stompTcpPort: 0,
        sockJsClientUrl: SOCKJS_CLIENT_PATH,
        ...config,
        ...(await testPlace(dataDir, config?.databaseUrl)),
      },
    })
    return new TestChat(chat, await chat.listen(), dataDir, logged)
  }

  async client(headers?: Record<string, string>, request?: Record<string, string>): Promise<RawClient> {
    const client = await RawClient.connected(this.address, headers, request)
    this.#clients.push(client)
    return client
  }

  /** Somebody who has registered a name, in a browser of their own. */
  async signUp(name: string): Promise<Browser> {
    const browser = new Browser(this)
    const answer = await browser.call('POST', '/api/accounts', { name, password: PASSWORD })
    if (answer.status !== 201) throw new Error(`Not signed up: ${JSON.stringify(answer.body)}`)
    return browser
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

  /** The id of an account, which no client is ever told. */
  async accountId(name: string): Promise<string> {
    return this.database(async (database) => {
      const found = database.selectFrom('accounts').select('id').where('name', '=', name)
      return (await found.executeTakeFirstOrThrow()).id
    })
  }

  /** What the chat keeps, read or changed beside it. */
  database<T>(run: (database: Database) => Promise<T>): Promise<T> {
    return withTestDatabase(run, this.dataDir)
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

export const PASSWORD = 'correct horse'

/** One browser: it keeps its cookie, and shows it with each request. */
export class Browser {
  readonly #chat: TestChat
  cookie: string | undefined

  constructor(chat: TestChat, cookie?: string) {
    this.#chat = chat
    this.cookie = cookie
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): ReturnType<TestChat['get']> {
    const answer = await this.#chat.get(path, {
      method,
      headers: {
        ...(method === 'GET' ? {} : { origin: this.#chat.address }),
        ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const line of answer.headers.getSetCookie()) {
      const pair = line.slice(0, line.indexOf(';'))
      this.cookie = pair.endsWith('=') ? undefined : pair
    }
    return answer
  }

  /** A page of this browser: one STOMP session, which stays when it is refused something. */
  page(headers: Record<string, string> = { 'x-error-mode': 'keep' }): Promise<RawClient> {
    return this.#chat.client(headers, {
      origin: this.#chat.address,
      ...(this.cookie === undefined ? {} : { cookie: this.cookie }),
    })
  }

  /** A page that is in a room and has heard of its own coming. */
  async in(roomId: string, sender: string | null = null): Promise<RawClient> {
    const page = await this.page()
    await page.subscribe(`/topic/chat/room/${roomId}`, 'room')
    await page.say({ type: 'ENTER', roomId, sender, message: '' })
    await page.message(`/topic/chat/room/${roomId}`)
    return page
  }

  /** The id of a new room of theirs. */
  async room(name: string, isPrivate = false): Promise<string> {
    const { status, body } = await this.call('POST', '/api/rooms', { name, private: isPrivate })
    if (status !== 201) throw new Error(`No room was made: ${JSON.stringify(body)}`)
    return body['id'] as string
  }
}

export { removeTemporaryFolders, temporaryFolder } from './test-database.js'

/** A page of the form that the build gives it. */
function pageIn(folder: string): string {
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>')
  writeFileSync(join(folder, 'assets', 'index-a1b2c3.js'), 'export {}')
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  return folder
}
