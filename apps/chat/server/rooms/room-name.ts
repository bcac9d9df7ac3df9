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

/** Two names with the same key look the same, or nearly so: no two rooms may have them. */
export function nameKey(name: string): string {
  const visible = name.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  // Up and then down is how JavaScript folds case: ß and SS meet only that way.
  return tidy(visible.toUpperCase().toLowerCase().normalize('NFKC'))
}
