import { readFileSync } from 'node:fs'
import { parseAst } from 'vite'

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

/**
 * The titles of the tests in a file of TypeScript, as they stand in its source: those of `test.each` with their `%s`.
 * A test is a call of something that is `test` or begins with `test.`, whose first argument is a text; a skipped one is
 * none.
 */
export function testTitles(file: string): Set<string> {
  const titles = new Set<string>()
  visit(parseAst(readFileSync(file, 'utf8'), { lang: 'ts' }) as unknown as Node, (node) => {
    if (node.type !== 'CallExpression' || !namesTest(node['callee'] as Node)) return
    const title = textOf((node['arguments'] as Node[])[0])
    if (title !== undefined) titles.add(title)
  })
  return titles
}

function namesTest(callee: Node): boolean {
  if (callee.type === 'Identifier') return callee['name'] === 'test'
  if (callee.type === 'MemberExpression') {
    const { name } = callee['property'] as Node
    return name !== 'skip' && name !== 'todo' && namesTest(callee['object'] as Node)
  }
  return callee.type === 'CallExpression' && namesTest(callee['callee'] as Node)
}

function textOf(node: Node | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : undefined
  if (node?.type !== 'TemplateLiteral') return undefined
  const parts = node['quasis'] as { value: { cooked: string } }[]
  return parts.map(({ value }) => value.cooked).join('${}')
}

function visit(node: Node, seen: (node: Node) => void): void {
  seen(node)
  for (const member of Object.values(node)) {
    for (const one of Array.isArray(member) ? member : [member]) {
      if (typeof one === 'object' && one !== null && 'type' in one) visit(one as Node, seen)
    }
  }
}
