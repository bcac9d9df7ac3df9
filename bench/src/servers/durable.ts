import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@stomping-ground/history'
import { allow, createStompServer } from 'stomping-ground'

// Topics that SQLite keeps, on the disk before a RECEIPT; over TCP.
const folder = mkdtempSync(join(tmpdir(), 'bench-history-'))
const stomp = createStompServer({
  history: {
    store: sqliteStore({ file: join(folder, 'history.db') }),
    retain: [{ destination: '/topic/kept/**', count: 10_000_000 }],
  },
  permissions: { send: [allow('/topic/**')] },
})
await stomp.start()
const { port } = await stomp.listenTcp({ port: 0 })
// The file stays open when its name is gone: whoever is killed leaves nothing behind.
rmSync(folder, { recursive: true })
console.log(`listening on ${port}`)
