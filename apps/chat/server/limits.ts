/** Every bound of the chat. Units stand in the names; lengths that the page keeps too are in the contract's BOUNDS. */
export interface ChatLimits {
  /** Rooms that there can be. */
  readonly rooms: number
  /** Rooms that one account can own. */
  readonly roomsOwned: number
  /** Who can enter one private room. */
  readonly roomPeople: number
  /** Bans of one room, those of people who were kicked among them. */
  readonly roomBans: number
  /** How long someone who was kicked stays out. */
  readonly kickMs: number
  /** How often a node tells the others that it is there, and after how long without that it is gone. */
  readonly nodeAnnounceMs: number
  readonly nodeGoneMs: number
  /** When rooms that could not be read again are tried next. */
  readonly rereadAgainMs: number
  /** Rooms that one address may make by HTTP in a minute. */
  readonly roomsMadePerMinute: number
  /** What else one address may change by HTTP in a minute. */
  readonly changesPerMinute: number
  /** Names that can be registered. */
  readonly accounts: number
  /** Names that one address may register in a minute. */
  readonly signUpsPerMinute: number
  /** Passwords that one address may try in a minute. */
  readonly signInsPerMinute: number
  /** Wrong passwords for one name, from anywhere, within `wrongPasswordsMs`. */
  readonly wrongPasswords: number
  readonly wrongPasswordsMs: number
  /** Names whose wrong passwords are counted at the same time. */
  readonly wrongPasswordNames: number
  /** The logarithm of scrypt's N: a hash takes 1,024 · N bytes. */
  readonly passwordCostLog2: number
  /** Passwords that are hashed at the same time, and that wait for it. */
  readonly passwordHashes: number
  readonly passwordHashesWaiting: number
  /** Sign-ins of one account at the same time. */
  readonly loginsPerAccount: number
  /** How long a sign-in lasts that is not used. */
  readonly loginLastsMs: number
  /** How old a token gets before it is replaced, and how long the one before still holds. */
  readonly loginRotateMs: number
  readonly loginGraceMs: number
  /** How often sign-ins are looked for that have not been used for too long. */
  readonly loginSweepMs: number
  /** Conversations that one account can have begun, and that are listed. */
  readonly conversations: number
  readonly conversationsListed: number
  /** Messages of one conversation, and those that are read at a time. */
  readonly directMessages: number
  readonly directPage: number
  /** People that one account can block. */
  readonly blocks: number
  /** Messages of one room that are kept, and how long. */
  readonly roomMessages: number
  readonly roomMessagesMs: number
  /** Messages of one room that are read at a time. */
  readonly roomPage: number
  /** How long it is kept that a message was changed, for pages that were away. */
  readonly roomChangesMs: number
  /** Messages that one account, or the guests of one address, may edit or delete in a minute. */
  readonly editsPerMinute: number
  /** After so long a change that was begun is another process's to finish, and how often that is looked for. */
  readonly changeStaleMs: number
  readonly changeSweepMs: number
  /** Searches that one address may make in a minute, and hits of one page. */
  readonly searchesPerMinute: number
  readonly searchPage: number
  /** How long what was said may wait until it can be found. */
  readonly searchEveryMs: number
  /** How often it is looked for what was trimmed, and goes from what can be found. */
  readonly searchSweepMs: number
  /** How often at most it is told what was said last in one room. */
  readonly saidEveryMs: number
  /** How long what accounts have read of rooms may wait to be written, and how much of it. */
  readonly roomReadsMs: number
  readonly roomReadsWaiting: number
  /** Connections to PostgreSQL, what may wait for one of them, and how long that and a statement may take. */
  readonly databaseConnections: number
  readonly databaseWaiting: number
  readonly databaseMs: number
  /** The body of an HTTP request. */
  readonly httpBodyBytes: number
  /** From the first byte of an HTTP request to its last. */
  readonly httpRequestMs: number
  /** A STOMP frame: the longest message fits even when JSON escapes each of its characters. */
  readonly frameBytes: number
  /** How often at most the count of one room's members is told. */
  readonly countsEveryMs: number
  /** From the signal to stop until sessions that are still there are cut. */
  readonly drainMs: number
}

const MINUTE = 60_000
const DAY = 86_400_000

export const CHAT_LIMITS: ChatLimits = {
  rooms: 10_000,
  roomsOwned: 100,
  roomPeople: 500,
  roomBans: 1_000,
  kickMs: 10 * MINUTE,
  nodeAnnounceMs: 2_000,
  nodeGoneMs: 10_000,
  rereadAgainMs: 1_000,
  roomsMadePerMinute: 30,
  changesPerMinute: 120,
  accounts: 1_000_000,
  signUpsPerMinute: 10,
  signInsPerMinute: 20,
  wrongPasswords: 20,
  wrongPasswordsMs: 15 * MINUTE,
  wrongPasswordNames: 10_000,
  passwordCostLog2: 15,
  passwordHashes: 2,
  passwordHashesWaiting: 100,
  loginsPerAccount: 30,
  loginLastsMs: 30 * DAY,
  loginRotateMs: DAY,
  loginGraceMs: MINUTE,
  loginSweepMs: MINUTE,
  conversations: 1_000,
  conversationsListed: 200,
  directMessages: 10_000,
  directPage: 50,
  blocks: 1_000,
  roomMessages: 100_000,
  roomMessagesMs: 365 * DAY,
  roomPage: 50,
  roomChangesMs: 30 * DAY,
  editsPerMinute: 60,
  changeStaleMs: 30_000,
  changeSweepMs: MINUTE,
  searchesPerMinute: 120,
  searchPage: 20,
  searchEveryMs: 1_000,
  searchSweepMs: 10 * MINUTE,
  saidEveryMs: 500,
  roomReadsMs: 1_000,
  roomReadsWaiting: 100_000,
  databaseConnections: 10,
  databaseWaiting: 1_000,
  databaseMs: 10_000,
  httpBodyBytes: 16_384,
  httpRequestMs: 30_000,
  frameBytes: 131_072,
  countsEveryMs: 250,
  drainMs: 10_000,
}
