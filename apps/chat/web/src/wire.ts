import * as z from 'zod/mini'

// The server's content security policy forbids the code that zod would generate.
z.config({ jitless: true })

/** What a schema makes of a body. What does not fit is dropped: a newer server may say things that this page cannot show. */
export function readAs<Schema extends z.ZodMiniType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> | undefined {
  const result = z.safeParse(schema, body)
  return result.success ? result.data : undefined
}
