import type {
  ConversationList,
  ConversationPage,
  Credentials,
  HttpError,
  Invitation,
  Me,
  NewRoom,
  PasswordChange,
  Room,
  RoomDetail,
  RoomList,
  RoomMessages,
  RoomSettings,
  SearchResults,
} from '../../contract/index.js'
import { ClientError } from '@stomping-ground/client'
import type { Refusal } from './refusal.js'

const TIMEOUT_MS = 10_000

/** An answer of 400 or above, or no answer at all (`network`). */
export class ApiError extends Error {
  readonly status: number
  readonly refusal: Refusal
  constructor(status: number, refusal: Refusal) {
    super(refusal.message)
    this.status = status
    this.refusal = refusal
  }
}

/** The latest before an offset, or the first ones from it on. */
export type MessagesWhere = { readonly before: number } | { readonly from: number }

export interface SearchWhere {
  /** The id of one room. */
  readonly room?: string | undefined
  /** The `next` of the page before. */
  readonly before?: string | undefined
}

export interface Api {
  me(): Promise<Me>
  signUp(credentials: Credentials): Promise<Me>
  signIn(credentials: Credentials): Promise<Me>
  signOut(): Promise<Me>
  signOutEverywhere(): Promise<Me>
  changePassword(change: PasswordChange): Promise<Me>

  rooms(): Promise<RoomList>
  createRoom(room: NewRoom): Promise<Room>
  room(id: string): Promise<RoomDetail>
  roomMessages(id: string, where: MessagesWhere): Promise<RoomMessages>
  search(words: string, where: SearchWhere): Promise<SearchResults>
  renameRoom(id: string, name: string): Promise<Room>
  deleteRoom(id: string): Promise<unknown>
  leaveRoom(id: string): Promise<unknown>
  roomSettings(id: string): Promise<RoomSettings>
  invite(id: string, name: string): Promise<RoomSettings>
  removePerson(id: string, name: string, how: { readonly lasting: boolean }): Promise<RoomSettings>
  liftBan(id: string, name: string): Promise<RoomSettings>
  renewInvitation(id: string): Promise<RoomSettings>
  invitation(invitation: string): Promise<Invitation>
  acceptInvitation(invitation: string): Promise<Room>

  conversations(): Promise<ConversationList>
  conversation(name: string, before?: number): Promise<ConversationPage>
  block(name: string): Promise<unknown>
  unblock(name: string): Promise<unknown>
}

const inPath = encodeURIComponent
const inWords = (values: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
const room = (id: string): string => `/api/rooms/${inPath(id)}`

export const api: Api = {
  me: () => call('GET', '/api/session'),
  signUp: (credentials) => call('POST', '/api/accounts', credentials),
  signIn: (credentials) => call('POST', '/api/session', credentials),
  signOut: () => call('DELETE', '/api/session'),
  signOutEverywhere: () => call('DELETE', '/api/sessions'),
  changePassword: (change) => call('PUT', '/api/account/password', change),

  rooms: () => call('GET', '/api/rooms'),
  createRoom: (body) => call('POST', '/api/rooms', body),
  room: (id) => call('GET', room(id)),
  roomMessages: (id, where) => call('GET', `${room(id)}/messages?${new URLSearchParams(inWords(where))}`),
  search: (words, where) =>
    call('GET', `/api/search?${new URLSearchParams({ q: words, ...inWords(where) })}`),
  renameRoom: (id, name) => call('PATCH', room(id), { name }),
  deleteRoom: (id) => call('DELETE', room(id)),
  leaveRoom: (id) => call('DELETE', `${room(id)}/people/me`),
  roomSettings: (id) => call('GET', `${room(id)}/settings`),
  invite: (id, name) => call('POST', `${room(id)}/people`, { name }),
  removePerson: (id, name, { lasting }) => call('POST', `${room(id)}/bans`, { name, lasting }),
  liftBan: (id, name) => call('DELETE', `${room(id)}/bans/${inPath(name)}`),
  renewInvitation: (id) => call('POST', `${room(id)}/invitation`),
  invitation: (invitation) => call('GET', `/api/invitations/${inPath(invitation)}`),
  acceptInvitation: (invitation) => call('POST', `/api/invitations/${inPath(invitation)}`),

  conversations: () => call('GET', '/api/direct'),
  conversation: (name, before) =>
    call('GET', `/api/direct/${inPath(name)}${before === undefined ? '' : `?before=${before}`}`),
  block: (name) => call('PUT', `/api/blocks/${inPath(name)}`),
  unblock: (name) => call('DELETE', `/api/blocks/${inPath(name)}`),
}

async function call<Answer>(method: string, path: string, sent?: unknown): Promise<Answer> {
  const json =
    sent === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent) }
  let response: Response
  try {
    response = await fetch(path, { method, ...json, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    throw new ApiError(0, { code: 'network', message: String(error) })
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && body !== undefined) return body as Answer
  throw new ApiError(response.status, refusalOf(body) ?? { code: 'network', message: response.statusText })
}

function refusalOf(body: unknown): Refusal | undefined {
  const { code, message } = (body ?? {}) as Partial<HttpError>
  if (typeof code !== 'string' || typeof message !== 'string') return undefined
  return { code, message }
}

export function asRefusal(error: unknown): Refusal {
  if (error instanceof ClientError) return { code: error.code, message: error.message }
  return error instanceof ApiError ? error.refusal : { code: 'network', message: String(error) }
}
