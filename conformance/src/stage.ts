import type { TestContext } from 'vitest'
import type { Broker } from './broker.js'
import type { ForeignClient } from './clients.js'
import { Line } from './line.js'
import { Player } from './player.js'
import { Witness } from './witness.js'

/** What one feature is played on: destinations of its own, a witness, and as many connections as it wants. */
export interface Stage {
  readonly client: ForeignClient
  readonly queue: string
  readonly topic: string
  readonly witness: Witness
  /** A client that is not connected yet, and its line. */
  readonly open: () => Promise<{ player: Player; line: Line }>
}

/** Goes away with the test that it is set for. */
export async function setStage(
  broker: Broker,
  client: ForeignClient,
  feature: string,
  { onTestFinished, onTestFailed }: TestContext,
): Promise<Stage> {
  const witness = await Witness.connect(broker.tcpPort)
  onTestFinished(() => witness.close())
  const name = `${client.name}.${feature}`.replaceAll(/[^\w.]+/g, '-')
  return {
    client,
    witness,
    queue: `/queue/${name}`,
    topic: `/topic/${name}`,
    async open() {
      const line = await Line.open(
        client.transport,
        client.transport === 'tcp' ? broker.tcpPort : broker.webSocketPort,
      )
      const player = new Player(client, line)
      onTestFinished(() => {
        player.kill()
        line.close()
      })
      onTestFailed(() => console.error(`${client.name}, ${feature}:\n${player.transcript}`))
      return { player, line }
    },
  }
}
