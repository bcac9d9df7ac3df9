/** What names of people and of rooms have in common: text of one line in which everything can be seen. */

/** Composed, trimmed, with one space where there was white space: what a name is kept as. */
export function tidy(text: string): string {
  // Some systems type Korean as separate letters; the same name has to be the same text.
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/**
 * Text that every database keeps as it is: neither PostgreSQL nor SQLite holds a NUL in the midst of a text, and half a surrogate
 * pair is no UTF-8.
 */
export function keepable(text: string): string {
  return text.replace(/[\0\p{Cs}]/gu, '\uFFFD')
}

/** The length that BOUNDS speaks of. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

// Joiners, tags and variation selectors have no look of their own, but some emoji and scripts cannot be written without.
const NEEDED = new RegExp(
  [
    '\\u{1F3F4}[\\u{E0020}-\\u{E007E}]+\\u{E007F}', // flags of regions
    '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\uFE0F])\\u200D(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{M}\\p{scx=Arab}])[\\u200C\\u200D]', // Persian, and the conjuncts of Indic scripts
    '(?<=[^\\s\\uFE00-\\uFE0F])[\\uFE00-\\uFE0F]',
  ].join('|'),
  'gu',
)

// Controls, bidirectional overrides, zero-width characters, Hangul fillers, halves of surrogate pairs.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u

// Marks alone have nothing to stand on; U+2800 is a Braille cell without a dot.
const SEEN = /[^\s\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

/** Whether a name shows all that it holds, and shows something. */
export function canBeShown(text: string): boolean {
  return SEEN.test(text) && !HIDDEN.test(text.replace(NEEDED, ''))
}

/** Two names with the same key look the same, or nearly so: no two rooms, and no two accounts, may have them. */
export function nameKey(name: string): string {
  const visible = keepable(name)
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  // Up and then down is how JavaScript folds case: ß and SS meet only that way.
  return tidy(visible.toUpperCase().toLowerCase().normalize('NFKC'))
}
