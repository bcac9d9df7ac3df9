import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeDatabase, openDatabase } from '../database/database.js'
import type { DatabasePlace } from '../database/database.js'
import { isPostgres } from '../database/is-postgres.js'
import { fillChat, NAMES } from '../testing/full-chat.js'
import type { FullChat } from '../testing/full-chat.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from '../testing/test-database.js'
import { Browser, PASSWORD, TestChat } from '../testing/test-chat.js'
import { content, exportOf, importInto } from '../testing/transfer.js'
import { DERIVED, UNDER_WAY, TABLE_NAMES, TABLES } from './format.js'

describe('export and import', () => {
  let full: FullChat
  let source: DatabasePlace
  let lines: string[]
  const empty = (): Promise<DatabasePlace> => testPlace(temporaryFolder())

  beforeAll(async () => {
    const dataDir = temporaryFolder()
    source = await testPlace(dataDir)
    // Of six messages the last four are kept, as far as whole chunks go.
    full = await fillChat({ config: { dataDir }, limits: { roomMessages: 4 } })
    lines = await exportOf(source)
  })
  afterAll(removeTemporaryFolders)

  it('speak of every table that there is', async () => {
    const database = await openDatabase(source)
    const tables = await database.introspection.getTables()
    const own = tables.filter(
      ({ name, schema }) =>
        !name.startsWith(DERIVED) &&
        name !== UNDER_WAY &&
        (!isPostgres(database) || schema === 'stomping_ground_chat'),
    )
    await closeDatabase(database)
    const columns = (name: string): string[] =>
      own
        .find((table) => table.name === name)
        ?.columns.map((column) => column.name)
        .toSorted() ?? []
    expect(own.map(({ name }) => name).toSorted()).toEqual(TABLE_NAMES.toSorted())
    for (const name of TABLE_NAMES) {
      expect([name, ...Object.keys(TABLES[name].columns).toSorted()]).toEqual([name, ...columns(name)])
    }
  })

  it('bring everything, as it was, to another chat', async () => {
    const target = await empty()
    const { rows, messages } = await importInto(target, lines)
    const written = lines.map((line) => Object.keys(JSON.parse(line) as object)[0]!)
    expect(rows).toBe(written.filter((name) => TABLE_NAMES.some((one) => one === name)).length)
    expect(messages).toBe(written.filter((name) => name === 'message').length)
    expect(written).toEqual(expect.arrayContaining(TABLE_NAMES))
    const again = await exportOf(target)
    expect(content(again)).toEqual(content(lines))
    expect(again[0]).not.toBe(lines[0])
  })

  it('make a chat in which everybody is who they were, and reads what was said under the same offsets', async () => {
    const dataDir = temporaryFolder()
    await importInto(await testPlace(dataDir), lines)
    const chat = await TestChat.start({ config: { dataDir } })
    try {
      const owner = new Browser(chat, full.owner.cookie)
      expect((await owner.call('GET', '/api/session')).body).toEqual({ account: { name: NAMES.owner } })
      const { body } = await owner.call('GET', `/api/rooms/${full.hidden}/messages`)
      expect(body).toMatchObject({ last: 6 })
      expect((body['messages'] as { offset: number }[]).at(-1)).toMatchObject({
        offset: 6,
        message: { message: 'a\0b', sender: NAMES.owner, registered: true },
      })
      // What is repeated under an id that was exported is kept once.
      const page = await owner.in(full.hidden)
      await page.say({ type: 'TALK', roomId: full.hidden, message: 'a\0b', id: 'id-1-5' })
      await page.say({ type: 'TALK', roomId: full.hidden, message: '다음' })
      const after = (await owner.call('GET', `/api/rooms/${full.hidden}/messages`)).body
      expect(after).toMatchObject({ last: 7 })
      const friend = new Browser(chat)
      const signIn = { name: NAMES.friend, password: PASSWORD }
      expect((await friend.call('POST', '/api/session', signIn)).status).toBe(200)
      expect((await friend.call('GET', '/api/direct')).body).toMatchObject({
        conversations: [{ with: NAMES.owner, unread: 6, last: { message: '답장', seq: 7 } }],
      })
      expect((await friend.call('GET', `/api/rooms/${full.hidden}`)).status).toBe(200)
      const banned = await chat.client({ 'x-error-mode': 'keep' })
      banned.sayOnly({ type: 'ENTER', roomId: full.open, sender: 'TROLL', message: '' })
      expect(await banned.refusal()).toBe('banned')
    } finally {
      await chat.close()
    }
  })

  it('go on under the same epoch where that is asked for', async () => {
    const target = await empty()
    await importInto(target, lines, true)
    expect(JSON.parse((await exportOf(target))[0]!)).toMatchObject({ epoch: JSON.parse(lines[0]!).epoch })
  })

  it('leave passwords and sign-ins out: nobody can sign in then', async () => {
    const without = await exportOf(source, false)
    expect(without.join('')).not.toMatch(/scrypt|token_hash/)
    const dataDir = temporaryFolder()
    await importInto(await testPlace(dataDir), without)
    const chat = await TestChat.start({ config: { dataDir } })
    const signIn = { name: NAMES.friend, password: PASSWORD }
    const { status, body } = await new Browser(chat).call('POST', '/api/session', signIn)
    expect([status, body['code']]).toEqual([401, 'credentials-wrong'])
    await chat.close()
  })

  it('pass over what npm prints, and lines that are empty', async () => {
    const target = await empty()
    await importInto(target, ['\n', '> workspace@1.0.0 chat\n', '> node chat.js export\n', '\r\n', ...lines])
    expect(content(await exportOf(target))).toEqual(content(lines))
  })

  it('refuse a chat that is not empty, and change nothing in it', async () => {
    const before = content(await exportOf(source))
    await expect(importInto(source, lines)).rejects.toThrow(
      /^There is a chat already, and nothing has been imported\./,
    )
    expect(content(await exportOf(source))).toEqual(before)
  })

  describe('of a file that is wrong', () => {
    const at = (kind: string): number => lines.findIndex((line) => line.startsWith(`{"${kind}"`))
    const changed = (index: number, change: (line: string) => string): string[] =>
      lines.map((line, i) => (i === index ? change(line) : line))
    const cases: [string, () => string[], RegExp][] = [
      ['nothing', () => [], /^Line 1: There is nothing in the file\.$/],
      ['no JSON', () => ['hello\n'], /^Line 1: This is not a JSON object: "hello"$/],
      ['another file', () => ['{"a":1}\n'], /^Line 1: This is not an export of the chat\.$/],
      [
        'another version',
        () => changed(0, (line) => line.replace('chat":1', 'chat":2')),
        /^Line 1: Its version is 2; this chat reads version 1\.$/,
      ],
      [
        'half a line',
        () => changed(at('rooms'), (line) => `${line.slice(0, 9)}\n`),
        /^Line \d+: This is not a JSON object/,
      ],
      ['no end', () => lines.slice(0, -1), /^Line \d+: The file ends here, before its last line/],
      ['more after the end', () => [...lines, '{"rooms":{}}\n'], /^Line \d+: /],
      [
        'a line too few',
        () => lines.filter((_, i) => i !== at('blocks')),
        /The file had \d+ lines, and these are \d+\.$/,
      ],
      [
        'a message too few',
        () => lines.filter((_, i) => i !== at('message')),
        /The offset \d+ cannot stand here\.$/,
      ],
      [
        'a table of another time',
        () => changed(at('rooms'), (line) => line.replace('rooms', 'moons')),
        /knows nothing of "moons"/,
      ],
      [
        'a column of another time',
        () => changed(at('rooms'), (line) => line.replace('"name_key"', '"key"')),
        /rooms has no "key"/,
      ],
      [
        'a number that is none',
        () => changed(at('rooms'), (line) => line.replace(/"created_at":\d+/, '"created_at":"x"')),
        /created_at of rooms is missing, or is none/,
      ],
      [
        'a NUL',
        () => changed(at('rooms'), (line) => line.replace('"id":"', '"id":"\\u0000')),
        /id of rooms is missing, or is none/,
      ],
      [
        'rows in another order',
        () => [...lines.slice(0, at('rooms')), lines.at(-2)!, ...lines.slice(at('rooms'))],
        /cannot stand here/,
      ],
      [
        'a row that is there twice',
        () => [...lines.slice(0, at('rooms')), lines[at('rooms')]!, ...lines.slice(at('rooms'))],
        /^Lines \d+ to \d+: They do not fit/,
      ],
      [
        'a row of nobody',
        () => changed(at('room_owners'), (line) => line.replace(/"account_id":"[^"]+"/, '"account_id":"x"')),
        /^Lines? \d+.*: They do not fit/,
      ],
      [
        'a history of no room',
        () => changed(at('history'), (line) => line.replace('/topic/chat/room/', '/queue/')),
        /is no room\.$/,
      ],
      [
        'headers that are none',
        () => changed(at('message'), (line) => line.replace('"headers":[', '"headers":["odd",')),
        /headers are no list/,
      ],
    ]

    it.each(cases)('%s: say in which line, and keep nothing', async (_what, wrong, message) => {
      const target = await empty()
      const input = wrong()
      await expect(importInto(target, input)).rejects.toThrow(message)
      expect(await exportOf(target)).toHaveLength(2)
      // Nothing of it is in the way of another try.
      await importInto(target, lines)
      expect(content(await exportOf(target))).toEqual(content(lines))
    })

    it('bytes that are no text', async () => {
      const target = await empty()
      const broken = Buffer.concat([Buffer.from(lines[0]!), Buffer.from([0xff, 10])])
      await expect(importInto(target, [broken.toString('latin1')])).rejects.toThrow(/^Line 2: /)
    })
  })
})
