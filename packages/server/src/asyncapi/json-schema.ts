import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'

export type JsonSchema = Readonly<Record<string, unknown>>

/** Makes a JSON schema (draft 7) of a schema of a library that cannot do so itself; `undefined` where it cannot either. */
export type ToJsonSchema = (schema: StandardSchemaV1, of: 'input' | 'output') => JsonSchema | undefined

/**
 * The JSON schema of a body as it travels: what the schema takes, or where that has no JSON form (a Date, say) what it makes
 * of it. By Standard JSON Schema where the library has it (zod 4.2, arktype 2.1.28), else by the function given.
 *
 * @throws Error naming what the schema is of, when there is none
 */
function jsonSchemaOf(schema: StandardSchemaV1, convert: ToJsonSchema | undefined, of: string): JsonSchema {
  let failure: unknown
  for (const side of ['input', 'output'] as const) {
    try {
      const made = standardJsonSchema(schema, side) ?? convert?.(schema, side)
      if (made !== undefined) return made
    } catch (error) {
      failure ??= error
    }
  }
  const reason =
    failure instanceof Error
      ? failure.message
      : `${schema['~standard'].vendor} has no Standard JSON Schema: give the option jsonSchema`
  throw new Error(`The schema of ${of} has no JSON schema: ${reason}`, { cause: failure })
}

function standardJsonSchema(schema: StandardSchemaV1, side: 'input' | 'output'): JsonSchema | undefined {
  const { jsonSchema } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>
  return jsonSchema?.[side]({ target: 'draft-07' })
}

/** Schemas by name, each once, so that a document can refer to them. */
export class SchemaCollection {
  readonly byName: Record<string, JsonSchema> = {}
  readonly #names = new Map<StandardSchemaV1, string>()
  readonly #convert: ToJsonSchema | undefined

  constructor(convert: ToJsonSchema | undefined) {
    this.#convert = convert
  }

  /**
   * A reference to the schema. It is called as its title or id says, or as what it is of.
   *
   * @throws Error when it has no JSON schema
   */
  refer(schema: StandardSchemaV1, of: string): { readonly $ref: string } {
    const known = this.#names.get(schema)
    if (known !== undefined) return { $ref: pointer(known) }
    const { $schema: _, $id, id = $id, ...made } = jsonSchemaOf(schema, this.#convert, of)
    const name = this.#free([made['title'], id].find(isName) ?? of.replaceAll(/\W+/g, '-').replace(/^-/, ''))
    this.#names.set(schema, name)
    this.byName[name] = withPointers(made, pointer(name)) as JsonSchema
    return { $ref: pointer(name) }
  }

  #free(name: string): string {
    let free = name
    for (let i = 2; free in this.byName; i++) free = `${name}-${i}`
    return free
  }
}

const pointer = (name: string): string => `#/components/schemas/${name}`

function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]+$/.test(value)
}

/** A JSON schema refers to parts of itself from its own root, which is elsewhere in a document. */
function withPointers(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withPointers(one, root))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string' && member.startsWith('#')
        ? root + member.slice(1)
        : withPointers(member, root),
    ]),
  )
}
