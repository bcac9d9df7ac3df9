import { createStompServer, relay } from 'stomping-ground'
import type { Authenticate, ClusterOptions, HistoryStore, StompServer } from 'stomping-ground'
import type { ChatUser } from './accounts/account.js'
import {
  changesTopic,
  membersTopic,
  ownRooms,
  roomTopic,
  roomsTopic,
  statusTopic,
} from '../contract/index.js'
import { changeMessages } from './changes/change-messages.js'
import type { Changes } from './changes/changes.js'
import { PerMinute } from './changes/per-minute.js'
import type { ChatConfig } from './config.js'
import type { Direct } from './direct/direct.js'
import { directMessages } from './direct/direct-messages.js'
import { CHANGES } from './history/room-history.js'
import type { ChatLimits } from './limits.js'
import { chatMessages } from './messages.js'
import type { MessagesOptions } from './messages.js'
import { chatPermissions } from './policy.js'
import type { Members } from './presence/members.js'
import { membersMessages } from './presence/members-messages.js'
import type { Reach } from './reach.js'
import type { RoomReads } from './rooms/room-reads.js'
import { roomReadsMessages } from './rooms/room-reads-messages.js'

export interface ChatServerParts extends Omit<MessagesOptions, 'messaging'> {
  readonly config: ChatConfig
  readonly limits: ChatLimits
  readonly store: HistoryStore
  readonly authenticate: Authenticate<ChatUser>
  readonly members: Members
  readonly changes: Changes
  readonly reads: RoomReads
  readonly direct: Direct
  readonly reach: Reach
}

/** The STOMP server of the chat: what pages may send and listen to, what is kept of it, and where it goes. */
export function createChatServer(parts: ChatServerParts): StompServer<ChatUser> {
  const { config, limits, store, rooms, names, members, changes, reads, direct, reach } = parts
  const stomp: StompServer<ChatUser> = createStompServer<ChatUser>({
    authenticate: parts.authenticate,
    permissions: chatPermissions(rooms),
    messages: [
      chatMessages({ ...parts, messaging: () => stomp.messaging }),
      changeMessages({ changes, names, rate: new PerMinute(limits.editsPerMinute) }),
      roomReadsMessages(reads, rooms),
      membersMessages(members, rooms),
      directMessages(direct),
      reach.messages,
    ],
    ...(config.brokerUrl === undefined ? {} : { broker: relay({ url: config.brokerUrl, local: LOCAL }) }),
    cluster: clusterOptions(config, limits),
    trustProxy: config.trustProxy,
    history: {
      store,
      retain: [
        { destination: roomTopic.pattern, count: limits.roomMessages, ageMs: limits.roomMessagesMs },
        { destination: changesTopic.pattern, count: CHANGES, ageMs: limits.roomChangesMs },
      ],
    },
    origins: config.allowedOrigins,
    limits: { frameBytes: limits.frameBytes },
  })
  return stomp
}

/** What each node makes of what all know, and tells those who are connected to it. */
const LOCAL = [statusTopic, membersTopic, roomsTopic, ownRooms].map(({ pattern }) => pattern)

function clusterOptions(
  { nodeAddress: address, nodeSecret: secret }: ChatConfig,
  limits: ChatLimits,
): ClusterOptions {
  const times = { announceMs: limits.nodeAnnounceMs, goneMs: limits.nodeGoneMs }
  return address === undefined || secret === undefined ? times : { ...times, address, secret }
}
