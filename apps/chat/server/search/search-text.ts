/**
 * What is compared when something is looked for, and how it is found.
 *
 * A text is *folded* (composed, and without case), and its words are cut into *grams*: each character, and each pair of
 * neighbours. `밥은` has `밥`, `은` and `밥은`. So a word is found wherever it stands in another one, from one syllable on, in
 * any script. All grams of a word in one text do not make the word: what an index finds by grams is to be compared again.
 */

/** Where something stands in a text: from, and up to, in UTF-16 code units. */
export type Range = readonly [from: number, to: number]

/** Composed, and without case. It is the same whether it is done to a text at once or to each of its `CLUSTERS`. */
export function folded(text: string): string {
  // Up and then down folds ß as SS; the last Σ of a word goes down to another letter than all others.
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC')
}

/** Characters that are composed with each other: a letter with its marks, the letters of Korean syllables. */
const CLUSTERS =
  /[\u1100-\u11FF\uA960-\uA97F\uAC00-\uD7FF]\p{M}*(?:[\u1160-\u11FF\uD7B0-\uD7FF]\p{M}*)*|.\p{M}*/gsu

/** The words of a query, folded, each once. */
export function wordsOf(query: string): string[] {
  return [...new Set(folded(query).split(/\s+/u))].filter((word) => word !== '')
}

/** All grams of a folded text. */
export function gramsOf(text: string): Set<string> {
  const grams = new Set<string>()
  let before = ''
  for (const character of text) {
    if (/\s/u.test(character)) {
      before = ''
      continue
    }
    const safe = asLetter(character)
    grams.add(safe)
    if (before !== '') grams.add(before + safe)
    before = safe
  }
  return grams
}

/** What a text must have if it has a folded word: its pairs, or the one character that it is. */
export function gramsOfWord(word: string): string[] {
  const characters = Array.from(word, asLetter)
  if (characters.length === 1) return characters
  return [...new Set(characters.slice(1).map((character, i) => characters[i]! + character))]
}

/**
 * A character that no tokenizer cuts at, that needs no quotes, and that every database takes: what is neither a letter
 * nor a digit of ASCII moves to where nobody has characters.
 */
function asLetter(character: string): string {
  const code = character.codePointAt(0)!
  if (code >= 0xd800 && code < 0xe000) return '\uFFFD'
  if (code >= 128 || /[a-z0-9]/.test(character)) return character
  return String.fromCharCode(0xe000 + code)
}

/**
 * Where a text has these words; those that touch each other are one.
 *
 * @returns `undefined` where it does not have all of them
 */
export function rangesOf(text: string, words: readonly string[], most: number): Range[] | undefined {
  const whole = folded(text)
  if (!words.every((word) => whole.includes(word))) return undefined
  const { starts, ends } = originsOf(text)
  const found: Range[] = []
  for (const word of words) {
    for (
      let at = whole.indexOf(word), n = 0;
      at !== -1 && n < most;
      at = whole.indexOf(word, at + word.length), n++
    ) {
      found.push([starts[at]!, ends[at + word.length - 1]!])
    }
  }
  return joined(found.toSorted(([a], [b]) => a - b)).slice(0, most)
}

/** For each code unit of the folded text, the cluster that it came from. */
function originsOf(text: string): { starts: number[]; ends: number[] } {
  const starts: number[] = []
  const ends: number[] = []
  for (const { 0: cluster, index } of text.matchAll(CLUSTERS)) {
    for (let i = folded(cluster).length; i > 0; i--) {
      starts.push(index)
      ends.push(index + cluster.length)
    }
  }
  return { starts, ends }
}

function joined(ranges: readonly Range[]): Range[] {
  const result: [number, number][] = []
  for (const [from, to] of ranges) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}
