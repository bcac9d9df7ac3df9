import { expect } from 'vitest'
import type { Stage } from '../stage.js'

/** From the client to the witness, from the witness to the client, and from the client to itself. */
async function passesBothWays(
  { queue, topic, witness, open }: Stage,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { player } = await open()
  await player.connect()
  await witness.subscribe(queue)
  await player.subscribe(topic)
  await player.send(queue, body, { headers })
  expect(await witness.next()).toMatchObject({ body, headers })
  await witness.send(topic, body, headers)
  expect(await player.nextMessage()).toMatchObject({ body, headers })
  await player.send(topic, body, { headers })
  expect(await player.nextMessage()).toMatchObject({ body, headers })
}

export const bodies = {
  'UTF-8': (stage: Stage) => passesBothWays(stage, '안녕하세요, où es-tu? 👋🏽 漢字', { greeting: '안녕' }),
  'NUL in a body': (stage: Stage) => passesBothWays(stage, 'before\0after\0\0\n\0'),
  'escaped headers': (stage: Stage) =>
    passesBothWays(stage, 'see the header', { note: 'a colon: a backslash \\ and\nanother line' }),
  '300 kB': (stage: Stage) => passesBothWays(stage, 'ten octets'.repeat(30_000)),
}
