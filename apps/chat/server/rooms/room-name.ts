import { BOUNDS } from '../../contract/index.js'
import { canBeShown, codePoints, tidy } from '../names/text.js'
import { refusal } from '../refusal.js'

/**
 * A room's name as it will be kept.
 *
 * @throws StompError `room-name-empty`, `room-name-too-long` or `room-name-characters`
 */
export function roomName(asked: string): string {
  const name = tidy(asked)
  if (name === '') throw refusal('room-name-empty')
  if (codePoints(name) > BOUNDS.roomName) throw refusal('room-name-too-long')
  if (!canBeShown(name)) throw refusal('room-name-characters')
  return name
}
