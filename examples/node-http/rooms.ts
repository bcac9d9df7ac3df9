import { destination, messageMap } from 'stomping-ground'
import { z } from 'zod'

const NewMessage = z.object({ text: z.string().min(1).max(500) })
const Said = z.object({ from: z.string(), text: z.string() })

/** What a room's members see: they subscribe to `/topic/rooms/{roomId}`. */
export const roomTopic = destination('/topic/rooms/{roomId}', Said)

/** What they say: they send `{"text":"..."}` to `/app/rooms/{roomId}/messages`. */
export const messages = messageMap().message(
  '/rooms/{roomId}/messages',
  { body: NewMessage, sendTo: ({ roomId }) => roomTopic.to({ roomId }) },
  ({ body, user }) => ({ from: user.name, text: body.text }),
)
