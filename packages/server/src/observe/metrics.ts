/** Counts since the server was made. Plain numbers: the hot path adds to them, and nobody is called. */
export class Metrics {
  /** Connections accepted by any transport. */
  connections = 0
  /** Sessions whose CONNECT succeeded. */
  sessions = 0
  /** Sessions that are connected now. */
  openSessions = 0
  openSubscriptions = 0
  /** New connections that wait for their handshake. */
  handshakesWaiting = 0
  /** What connections that come or go have to wait with: the first that they bring, and their leaving. */
  turnsWaiting = 0
  framesReceived = 0
  bytesReceived = 0
  /** Elements taken by outboxes: MESSAGE frames on their way to clients. */
  deliveries = 0
  bytesWritten = 0
  /** What waits in outboxes for connections that take no more at the moment. */
  waitingBytes = 0
  /** How often reading paused because a session's inbox was full. */
  inboxPauses = 0
  /** Whether the broker can be reached: 1 or 0. One in this process always can. */
  brokerAvailable = 1
  /** How often a frame waited because its session, user or address sends faster than it may. */
  ratePauses = 0
  /** Sessions ended by reason name, see `DISCONNECTS`. */
  readonly disconnects = new Map<string, number>()
  /** ERROR frames sent, by code. */
  readonly refusals = new Map<string, number>()
  /** Messages that queues gave up, by reason. */
  readonly drops = new Map<string, number>()
  /** Messages that slow consumers lost, or got a newer one for, by the destination of the rule. */
  readonly slowDrops = new Map<string, number>()
  /** Messages kept by the history; and those that were there already, by their `x-message-id`. */
  historyMessages = 0
  historyRepeated = 0
  /** Messages brought to subscribers from history. */
  historyReplayed = 0
  /** Whether the store of the history does what it is asked for. */
  historyAvailable = true
  /** Requests of SockJS passed on to the node that has their session. */
  sockJsPassed = 0
  /** Nodes of the cluster that are there, this one included. */
  nodes = 1
  /** Messages between nodes. */
  clusterSent = 0
  clusterReceived = 0
  /** How often a channel was told that something may be missing. */
  clusterMissed = 0
  /** Shared maps sent whole to another node. */
  clusterSnapshots = 0
  /** Connections turned away before there was a session, by HTTP status. */
  readonly rejections = new Map<string, number>()

  /** In the text format of Prometheus. */
  prometheus(): string {
    const lines: string[] = []
    const add = (
      name: string,
      type: 'counter' | 'gauge',
      values: Iterable<readonly [string, number]>,
    ): void => {
      lines.push(`# TYPE stomp_${name} ${type}`)
      for (const [labels, value] of values) lines.push(`stomp_${name}${labels} ${value}`)
    }
    const labelled = (label: string, counts: ReadonlyMap<string, number>): (readonly [string, number])[] =>
      [...counts].map(([value, count]) => [`{${label}="${value}"}`, count])
    add('connections_total', 'counter', [['', this.connections]])
    add('sessions_total', 'counter', [['', this.sessions]])
    add('sessions', 'gauge', [['', this.openSessions]])
    add('subscriptions', 'gauge', [['', this.openSubscriptions]])
    add('handshakes_waiting', 'gauge', [['', this.handshakesWaiting]])
    add('turns_waiting', 'gauge', [['', this.turnsWaiting]])
    add('frames_received_total', 'counter', [['', this.framesReceived]])
    add('received_bytes_total', 'counter', [['', this.bytesReceived]])
    add('deliveries_total', 'counter', [['', this.deliveries]])
    add('written_bytes_total', 'counter', [['', this.bytesWritten]])
    add('outbox_waiting_bytes', 'gauge', [['', this.waitingBytes]])
    add('inbox_pauses_total', 'counter', [['', this.inboxPauses]])
    add('broker_available', 'gauge', [['', this.brokerAvailable]])
    add('rate_pauses_total', 'counter', [['', this.ratePauses]])
    add('disconnects_total', 'counter', labelled('reason', this.disconnects))
    add('refusals_total', 'counter', labelled('code', this.refusals))
    add('dropped_messages_total', 'counter', labelled('reason', this.drops))
    add('slow_consumer_drops_total', 'counter', labelled('destination', this.slowDrops))
    add('history_messages_total', 'counter', [['', this.historyMessages]])
    add('history_repeated_total', 'counter', [['', this.historyRepeated]])
    add('history_replayed_total', 'counter', [['', this.historyReplayed]])
    add('history_available', 'gauge', [['', Number(this.historyAvailable)]])
    add('sockjs_passed_total', 'counter', [['', this.sockJsPassed]])
    add('cluster_nodes', 'gauge', [['', this.nodes]])
    add('cluster_messages_sent_total', 'counter', [['', this.clusterSent]])
    add('cluster_messages_received_total', 'counter', [['', this.clusterReceived]])
    add('cluster_missed_total', 'counter', [['', this.clusterMissed]])
    add('cluster_snapshots_total', 'counter', [['', this.clusterSnapshots]])
    add('rejections_total', 'counter', labelled('status', this.rejections))
    return `${lines.join('\n')}\n`
  }
}

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
