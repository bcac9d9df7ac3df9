/** A fenced block of TypeScript in a page. */
export interface Snippet {
  /** The first line of its code, counted from 0. */
  readonly line: number
  readonly code: string
  /** Of which file it is a part, when its fence says so: ```ts file=examples/... */
  readonly file: string | undefined
}

const FENCE = /^```ts(?: file=(\S+))?\n([^]*?)^```$/gm

export function snippetsOf(page: string): Snippet[] {
  return [...page.matchAll(FENCE)].map((match) => ({
    line: page.slice(0, match.index).split('\n').length,
    code: match[2]!,
    file: match[1],
  }))
}

/**
 * One module of all blocks of a page, each line where it stands in the page, so that the compiler's complaints name the
 * page's lines. A block sees what the blocks before it declare, and may declare the same again: it stands inside them.
 * Imports move to the first line; those of other files of the example go, their names being there. A comment
 * `<!-- ts ... -->` before the first block declares what a reader knows without being told.
 */
export function moduleOf(page: string): string {
  const lines: string[] = page.split('\n').map(() => '')
  const imports = new Map<string, Set<string>>()
  const put = (code: string, line: number): void => {
    for (const [i, text] of withoutImports(code, imports).split('\n').entries()) {
      lines[line + i] = text.replace(/^export (default )?/, '')
    }
  }
  for (const match of page.matchAll(/^<!-- ts\n([^]*?)^-->$/gm)) {
    put(match[1]!, page.slice(0, match.index).split('\n').length)
  }
  const snippets = snippetsOf(page).filter(({ file }) => file === undefined)
  for (const { line, code } of snippets) {
    put(code, line)
    // The semicolon: a declared function would take the block for its body.
    lines[line - 1] = ';{'
  }
  lines[0] = [...imports]
    .flatMap(([module, clauses]) => [...clauses].map((clause) => clause + module))
    .join('; ')
  return [...lines, '}'.repeat(snippets.length), 'export {}'].join('\n')
}

/** Takes the imports out, line for line, and notes each name once. */
function withoutImports(code: string, imports: Map<string, Set<string>>): string {
  return code.replaceAll(
    /^import (?:([^'";]+?) from )?('[^']+')(?: *\/\/.*)?$/gm,
    (all, clause: string | undefined, module: string) => {
      const noted = imports.get(module) ?? new Set()
      if (!module.startsWith("'.")) {
        imports.set(module, noted)
        for (const one of clauses(clause)) noted.add(one)
      }
      return all.replaceAll(/[^\n]/g, '')
    },
  )
}

/** `import { a, type b } from` as `import { a } from` and `import { type b } from`. */
function clauses(clause: string | undefined): string[] {
  const [, type = '', names] = /^(type )?\{([^}]*)\}$/.exec(clause ?? '') ?? []
  if (clause === undefined) return ['import ']
  if (names === undefined) return [`import ${clause} from `]
  const each = names.split(',').map((name) => name.trim())
  return each.filter((name) => name !== '').map((name) => `import ${type}{ ${name} } from `)
}
