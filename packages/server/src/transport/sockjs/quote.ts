/**
 * sockjs-protocol "JSON Unicode Encoding": characters that some browsers change on their way in, beyond those that JSON
 * itself escapes. Surrogates, as in SockJS-node and Spring, in pairs too.
 */
const FRAGILE = /[\ud800-\udfff\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufff0-\uffff]/g

/** A message as a JSON string that every transport of SockJS brings through. */
export function quote(message: string): string {
  return JSON.stringify(message).replace(FRAGILE, escape)
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
