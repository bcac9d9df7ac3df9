/** What the chat measures besides its STOMP server, in the text format of Prometheus. */
export function databaseMetric(available: boolean): string {
  const name = 'chat_database_available'
  return `# HELP ${name} Whether rooms and accounts can be read and changed.\n# TYPE ${name} gauge\n${name} ${available ? 1 : 0}\n`
}

export function searchMetric(behind: number): string {
  const name = 'chat_search_rooms_behind'
  return `# HELP ${name} Rooms in which something was said that cannot be found yet.\n# TYPE ${name} gauge\n${name} ${behind}\n`
}
