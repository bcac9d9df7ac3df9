import * as z from 'zod/mini'

// The server's content security policy forbids the code that zod would generate.
z.config({ jitless: true })

/** Reads a body by its schema. What does not fit is dropped: a newer server may say things that this page cannot show. */
export function readBody<Schema extends z.ZodMiniType>(
  schema: Schema,
  body: string,
): z.output<Schema> | undefined {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return undefined
  }
  const result = z.safeParse(schema, value)
  return result.success ? result.data : undefined
}
