import { createInterface } from 'node:readline'

/**
 * What a test says to a client and hears from it, one line of JSON each: `{"do": act, ...}` is answered with
 * `{"saw": ...}` or `{"failed": text}` when the act is done. The acts are the same in every language.
 */
export async function play(acts) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: act, ...given } = JSON.parse(line)
    let answer
    try {
      answer = { saw: (await acts[act](given)) ?? {} }
    } catch (error) {
      answer = { failed: error.message }
    }
    console.log(JSON.stringify(answer))
  }
  process.exit()
}

/** What a client's callbacks told, until it is asked for. */
export class Inbox {
  #waiting = []
  #asked = []

  push(one) {
    const asked = this.#asked.shift()
    if (asked === undefined) this.#waiting.push(one)
    else asked(one)
  }

  next() {
    const one = this.#waiting.shift()
    return one === undefined ? new Promise((resolve) => this.#asked.push(resolve)) : Promise.resolve(one)
  }
}
