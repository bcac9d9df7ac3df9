/**
 * Values under patterns of segments, found by the destinations that they match: `*` takes one segment, `**` any rest.
 * As in a `PathPattern`, `*` takes no empty segment: a rule and a subscription mean the same by the same pattern.
 * Finding costs by the depth of the destination and the patterns that match, not by all patterns.
 */
export class PatternTrie<Value> {
  readonly #root = new Node<Value>()

  get(pattern: string): Value | undefined {
    let node: Node<Value> | undefined = this.#root
    for (const segment of pattern.split('/')) node = node?.children.get(segment)
    return node?.value
  }

  set(pattern: string, value: Value): void {
    let node = this.#root
    for (const segment of pattern.split('/')) {
      let child = node.children.get(segment)
      if (child === undefined) node.children.set(segment, (child = new Node()))
      node = child
    }
    node.value = value
  }

  delete(pattern: string): void {
    remove(this.#root, pattern.split('/'), 0)
  }

  /** The values of all patterns that match this destination. */
  match(destination: string): Value[] {
    const found: Value[] = []
    collect(this.#root, destination.split('/'), 0, found)
    return found
  }
}

class Node<Value> {
  readonly children = new Map<string, Node<Value>>()
  value: Value | undefined
}

function collect<Value>(node: Node<Value>, segments: readonly string[], depth: number, found: Value[]): void {
  const rest = node.children.get('**')
  if (rest?.value !== undefined) found.push(rest.value)
  if (depth === segments.length) {
    if (node.value !== undefined) found.push(node.value)
    return
  }
  const segment = segments[depth]!
  const exact = node.children.get(segment)
  if (exact !== undefined) collect(exact, segments, depth + 1, found)
  const one = node.children.get('*')
  if (one !== undefined && segment !== '') collect(one, segments, depth + 1, found)
}

/** Removes a pattern and the branches that it leaves bare; tells whether this node is bare now. */
function remove<Value>(node: Node<Value>, segments: readonly string[], depth: number): boolean {
  if (depth === segments.length) node.value = undefined
  else {
    const child = node.children.get(segments[depth]!)
    if (child !== undefined && remove(child, segments, depth + 1)) node.children.delete(segments[depth]!)
  }
  return node.value === undefined && node.children.size === 0
}
