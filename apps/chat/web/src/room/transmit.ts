import { chatMessage } from '../../../contract/index.js'
import { nameToSend } from '../identity.js'
import type { Transmit } from '../outbox.js'
import { authorSecret } from './author.js'
import type { RoomSurroundings } from './room-session.js'

/** How what is written in a room goes out. */
export function transmitIn(
  roomId: string,
  { client, identity }: Pick<RoomSurroundings, 'client' | 'identity'>,
): Transmit {
  return ({ id, text }) => {
    const sender = nameToSend(identity.get())
    const author = authorSecret()
    const body = { type: 'TALK', roomId, message: text, id, author, ...(sender && { sender }) } as const
    return client.send(chatMessage.to({}), { body, id })
  }
}
