/** The thread of a SQLite store: answers one question after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, textOf } from './database.js'
import type { Driver, Sqlite } from './database.js'
import type { Answer, Answers, Question, Ready, ThreadOptions } from './protocol.js'
import { Queued } from './queued.js'
import { Tables } from './tables.js'

const port = parentPort!
const { file, rememberedIds } = workerData as ThreadOptions

async function driver(): Promise<Driver> {
  try {
    return (await import('libsql')).default
  } catch (cause) {
    throw new Error('The SQLite history needs the driver libsql: npm install libsql', { cause })
  }
}

function answering(database: Sqlite, lock: Sqlite): (question: Question) => Answers[Question['do']] {
  const tables = new Tables(database, rememberedIds)
  const queued = new Queued(database)
  return (question) => {
    switch (question.do) {
      case 'append': {
        const { records, names, count } = question
        const buffer = Buffer.from(records.buffer, records.byteOffset, records.byteLength)
        return tables.transaction(() => tables.append(names, buffer, count))
      }
      case 'replace': {
        const { name, offset, content } = question
        return tables.transaction(() => tables.replace(name, offset, content))
      }
      case 'heads':
        return tables.heads(question.names)
      case 'read':
        return tables.read(question.name, question.from, question.bounds)
      case 'offsetAt':
        return tables.offsetAt(question.name, question.time)
      case 'destinations':
        return tables.destinations(question.after)
      case 'continueAt':
        tables.transaction(() => tables.continueAt(question.name, question.offset))
        break
      case 'adopt':
        tables.transaction(() => tables.adopt(question.epoch))
        break
      case 'clear':
        tables.transaction(() => tables.clear(question.epoch))
        break
      case 'trim':
        tables.transaction(() => tables.trim(question.keeps))
        break
      case 'check':
        tables.transaction(() => tables.check())
        break
      case 'backup':
        tables.backup(question.file)
        break
      case 'queue':
        tables.transaction(() => queued.change(question.changes))
        break
      case 'queued':
        return queued.after(question.after)
      case 'close':
        database.exec('pragma wal_checkpoint(truncate)')
        database.close()
        lock.close()
        break
    }
    return undefined
  }
}

async function run(): Promise<void> {
  let ready: Ready
  try {
    const { database, lock, epoch } = openDatabase(await driver(), file)
    const answer = answering(database, lock)
    port.on('message', (question: Question) => {
      let said: Answer
      try {
        said = { ok: true, value: answer(question) }
      } catch (error) {
        said = { ok: false, error: { message: textOf(error), code: (error as { code?: string }).code } }
      }
      port.postMessage(said)
      if (question.do === 'close') port.close()
    })
    ready = { ready: true, epoch }
  } catch (error) {
    ready = { ready: false, error: textOf(error) }
  }
  port.postMessage(ready)
  if (!ready.ready) port.close()
}

await run()
