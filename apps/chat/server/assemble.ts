import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { StompServer } from 'stomping-ground'
import type { ChatUser } from './accounts/account.js'
import { keepDoors } from './accounts/doorkeeping.js'
import { Live } from './accounts/live.js'
import { STOMP_PATH } from '../contract/index.js'
import type { Room } from '../contract/index.js'
import { Changes } from './changes/changes.js'
import { PendingChanges } from './changes/pending-changes.js'
import type { ChatConfig } from './config.js'
import { closeDatabase } from './database/database.js'
import type { Database } from './database/database.js'
import { Blocks } from './direct/blocks.js'
import { Conversations } from './direct/conversations.js'
import { Direct } from './direct/direct.js'
import { Newest } from './history/newest.js'
import { RoomHistory } from './history/room-history.js'
import { openStore } from './history/store.js'
import { createHttp } from './http/http.js'
import type { ChatLimits } from './limits.js'
import { listen, listenTcp } from './listen.js'
import { ActivityLog } from './log.js'
import { databaseMetric, searchMetric } from './metrics.js'
import { Names } from './names/names.js'
import { Nodes } from './nodes/nodes.js'
import { Rereading } from './nodes/rereading.js'
import { Announcer } from './presence/announcer.js'
import { followSessions } from './presence/follow-sessions.js'
import { Listeners } from './presence/listeners.js'
import { Members } from './presence/members.js'
import { Presence } from './presence/presence.js'
import { Reach } from './reach.js'
import { Care } from './rooms/care.js'
import { describeRoom } from './rooms/describe.js'
import { Doors } from './rooms/doors.js'
import type { KeptRoom } from './rooms/room.js'
import { RoomReads } from './rooms/room-reads.js'
import type { Rooms } from './rooms/rooms.js'
import { Follower } from './search/follower.js'
import { MessageIndex } from './search/message-index.js'
import { Search } from './search/search.js'
import { StartError } from './start-error.js'
import { createChatServer } from './stomp.js'

export interface Chat {
  /**
   * Accepts connections from now on.
   *
   * @returns the address that a person opens
   * @throws StartError when the address cannot be listened on
   */
  listen(): Promise<string>
  /** Drains: sessions are told to come back later, answers are finished, everything is written. Idempotent. */
  close(): Promise<void>
}

/** What a chat is put together from, once its database has been opened. */
export interface ChatParts {
  readonly config: ChatConfig
  readonly log: Logger
  /** The folder that the page was built into. */
  readonly webRoot: string
  readonly limits: ChatLimits
  readonly database: Database
  /** Whether the database answers, as its last statement found out. */
  readonly available: () => boolean
  readonly rooms: Rooms
}

/** Makes each part, and tells it those that it needs. Nobody is let in before `listen`. */
export async function assemble(parts: ChatParts): Promise<Chat> {
  const { config, log, webRoot, limits, database, rooms } = parts
  const names = new Names()
  const activity = new ActivityLog(log, names)
  const members = new Members({ firstSeq: Date.now(), announce: (event) => announcer.member(event) })
  const presence = new Presence({ names, members })
  const live = new Live(() => stomp, names)
  const doorkeeping = keepDoors({
    database,
    limits,
    live: {
      loginsEnded(ids) {
        live.loginsEnded(ids)
        nodes.loginsEnded(ids)
      },
      nameRegistered(name) {
        live.nameRegistered(name)
        nodes.nameRegistered(name)
      },
    },
  })
  const { accounts, logins, entrance } = doorkeeping
  const direct = new Direct({
    accounts,
    conversations: new Conversations(database, {
      kept: limits.directMessages,
      started: limits.conversations,
      listed: limits.conversationsListed,
      page: limits.directPage,
    }),
    blocks: new Blocks(database, limits.blocks),
    messaging: () => stomp.messaging,
    activity,
  })
  const reach = new Reach()
  const store = openStore(config, limits.databaseMs)
  const failed = (error: unknown): void => log.error({ err: error }, 'could not keep up with rooms')
  const newest = new Newest({
    store,
    told(roomId, place) {
      announcer.said(roomId, place)
      nodes.said(roomId, place)
    },
    failed,
    everyMs: limits.saidEveryMs,
  })
  const reads = new RoomReads({
    database,
    newest,
    told: (accountId, roomId, place) => announcer.read(accountId, roomId, place),
    failed,
    everyMs: limits.roomReadsMs,
    waiting: limits.roomReadsWaiting,
  })
  const describe = (room: KeptRoom): Room => describeRoom(room, members, newest)
  const history = new RoomHistory({ store, history: () => stomp.history })
  const index = new MessageIndex(database)
  const changes = new Changes({
    rooms,
    history,
    index,
    pending: new PendingChanges(database, limits.changeStaleMs),
    epoch: () => newest.epoch,
    messaging: () => stomp.messaging,
    activity,
    failed: (error) => log.error({ err: error }, 'could not finish a change of a message'),
    editMs: config.editMs,
    sweepMs: limits.changeSweepMs,
  })
  const listeners = new Listeners()
  const stomp: StompServer<ChatUser> = createChatServer({
    config,
    limits,
    store,
    authenticate: entrance.authenticate,
    accounts,
    rooms,
    names,
    presence,
    members,
    activity,
    changes,
    reads,
    direct,
    reach,
    cut: live.cutGuest,
    said(roomId) {
      newest.said(roomId)
      follower.changed(roomId)
    },
  })
  const rereading = new Rereading({
    rooms,
    names,
    listeners,
    members,
    newest,
    live,
    announcer: () => announcer,
    log,
    againMs: limits.rereadAgainMs,
  })
  const nodes = new Nodes({
    rereading,
    said(roomId, place) {
      if (newest.heard(roomId, place)) announcer.said(roomId, place)
    },
    loginsEnded: (ids) => live.loginsEnded(ids),
    nameRegistered: (name) => live.nameRegistered(name),
    missed() {
      rereading.everything()
      for (const { id } of rooms.all()) newest.said(id)
      live.check(logins, accounts).catch(failed)
    },
    log,
  })
  members.open(stomp.cluster)
  nodes.open(stomp.cluster)
  const announcer = new Announcer({
    messaging: stomp.messaging,
    log,
    find: (roomId) => (rooms.has(roomId) ? rooms.get(roomId) : undefined),
    describe,
    countsEveryMs: limits.countsEveryMs,
  })
  rooms.onMade((room, here) => {
    announcer.room(room)
    if (!here) return
    activity.roomMade(room)
    nodes.room(room.id)
  })
  followSessions(stomp, { names, presence, listeners, activity })
  reach.follow(stomp, log)
  const stopWatching = doorkeeping.watch(stomp, log)

  let closing: Promise<void> | undefined
  const follower = new Follower({
    index,
    newest,
    history,
    rooms: () => rooms.all().map(({ id }) => id),
    failed: (error) => log.error({ err: error }, 'could not make messages searchable'),
    everyMs: limits.searchEveryMs,
    sweepMs: limits.searchSweepMs,
  })
  const doors = new Doors(rooms, { people: limits.roomPeople, bans: limits.roomBans })
  const { kickMs } = limits
  const care = new Care({
    accounts,
    rooms,
    doors,
    names,
    listeners,
    members,
    nodes,
    live,
    announcer,
    activity,
    history,
    newest,
    follower,
    kickMs,
  })
  const search = new Search({ index, rooms, care, epoch: () => newest.epoch, page: limits.searchPage })
  const http = await createHttp({
    log,
    care,
    search,
    history,
    entrance,
    logins,
    direct,
    activity,
    members,
    reads,
    describe,
    editMs: config.editMs,
    limits,
    webRoot,
    allowedOrigins: config.allowedOrigins,
    metrics: () =>
      stomp.metrics.prometheus() + databaseMetric(parts.available()) + searchMetric(follower.behind),
    trustProxy: config.trustProxy,
    async lacks() {
      if (closing !== undefined) return 'closing'
      if (!reach.isWhole) return 'the broker is away'
      if (stomp.history?.available === false) return 'the history is away'
      await sql`select 1`.execute(database)
      return undefined
    },
  })
  stomp.attach(http.server, { path: STOMP_PATH, sockjs: { clientLibraryUrl: config.sockJsClientUrl } })

  const close = async (): Promise<void> => {
    stopWatching()
    await follower.close()
    await changes.close()
    await stomp.drain({ withinMs: limits.drainMs })
    await reads.flush()
    await rereading.close()
    announcer.close()
    newest.close()
    await http.close()
    await closeDatabase(database)
  }
  return {
    async listen() {
      try {
        await stomp.start()
      } catch (error) {
        // The history's file cannot be used; it says what to do about it.
        throw new StartError(error instanceof Error ? error.message : String(error))
      }
      await newest.load(rooms.all().map(({ id }) => id))
      follower.start()
      changes.start()
      await listenTcp(stomp, config)
      return listen(http, config)
    },
    close: () => (closing ??= close()),
  }
}
