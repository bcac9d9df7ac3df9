import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { asyncApi, isDestination } from './asyncapi/asyncapi.js'
import type { AsyncApiDocument, AsyncApiOptions, MappedMessages } from './asyncapi/asyncapi.js'

export const ASYNCAPI_USAGE = `stomping-ground asyncapi: describes a server in AsyncAPI 3

Usage: stomping-ground asyncapi <module> [options]

  --out FILE        write the document there (default: print it)
  --server URL      address of a server, such as wss://chat.example.com/stomp; may be repeated
  --title T         default: the name in package.json
  --api-version V   default: the version in package.json
  --help            show this

The module exports message maps and destinations, alone or in arrays. What it exports as \`asyncApiOptions\` are more
options: info, servers, security, applicationPrefix, jsonSchema. It is imported, so it should start nothing.
`

/** Something about the command line or the module that a person can put right. */
export class AsyncApiCommandError extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * @returns what is to be printed
 * @throws AsyncApiCommandError with the exit code: 2 for the command line, 1 for the module
 */
export async function runAsyncApi(args: readonly string[]): Promise<string> {
  const { values, positionals } = parse(args)
  if (values.help) return ASYNCAPI_USAGE
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new AsyncApiCommandError('Name one module.', 2)
  const document = documentOf(await load(path), values)
  const text = `${JSON.stringify(document, undefined, 2)}\n`
  if (values.out === undefined) return text
  writeFileSync(values.out, text)
  return ''
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        server: { type: 'string', multiple: true, default: [] },
        title: { type: 'string' },
        'api-version': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new AsyncApiCommandError((error as Error).message, 2)
  }
}

type Exports = Readonly<Record<string, unknown>>

async function load(path: string): Promise<Exports> {
  const file = resolve(path)
  if (!existsSync(file)) throw new AsyncApiCommandError(`There is no ${file}`, 1)
  try {
    return (await import(pathToFileURL(file).href)) as Exports
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') {
      throw new AsyncApiCommandError(`${file} cannot be imported: ${(error as Error).message}`, 1)
    }
    throw new AsyncApiCommandError(
      `This Node cannot import ${file}: name the JavaScript that it is compiled to, or use Node 22.18 or newer`,
      1,
    )
  }
}

function documentOf(
  exports: Exports,
  given: { server: string[]; title?: string | undefined; 'api-version'?: string | undefined },
): AsyncApiDocument {
  const options = (exports['asyncApiOptions'] ?? {}) as Partial<AsyncApiOptions>
  const exported = Object.values(exports).flat()
  const messages = exported.filter(isMessageMap)
  const destinations = exported.filter(isDestination)
  if (messages.length + destinations.length === 0) {
    throw new AsyncApiCommandError('The module exports no message map and no destination.', 1)
  }
  const info = { ...packageInfo(), ...options.info }
  const listed = given.server.map((url, i) => [i === 0 ? 'default' : `server-${i + 1}`, { url }] as const)
  try {
    return asyncApi({
      messages,
      destinations,
      ...options,
      info: { ...info, title: given.title ?? info.title, version: given['api-version'] ?? info.version },
      servers: { ...options.servers, ...Object.fromEntries(listed) },
    })
  } catch (error) {
    throw new AsyncApiCommandError((error as Error).message, 1)
  }
}

function packageInfo(): { title: string; version: string } {
  const { name = 'STOMP server', version = '0.0.0' } = existsSync('package.json')
    ? (JSON.parse(readFileSync('package.json', 'utf8')) as { name?: string; version?: string })
    : {}
  return { title: name, version }
}

function isMessageMap(value: unknown): value is MappedMessages {
  return (
    typeof value === 'object' && value !== null && Array.isArray((value as Partial<MappedMessages>).mappings)
  )
}
