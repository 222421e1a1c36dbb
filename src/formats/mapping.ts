/**
 * Mapping: any JSON or CSV at all, with a JSONata expression for each field of the event. It is written
 * into the configuration, has a name of its own there, and is used by it; it is never guessed.
 *
 * Source    "JSONata documentation", docs.jsonata.org; what it may cost is bounded in
 *           text/expression.ts.
 */
import { z } from 'zod'
import type { RawEvent } from '../event/event.ts'
import { shown } from '../event/refusal.ts'
import type { Format, Translation } from './format.ts'
import { compileExpression, type Evaluate, expressionSchema } from './text/expression.ts'
import { type Fields, skip } from './text/fields.ts'
import { targetsOf } from './text/mapping-targets.ts'

const optional = expressionSchema.optional()

/** One format of the user's own. */
export const mappingSchema = z.strictObject({
  /** What is written after `--format`. */
  name: z
    .string()
    .regex(/^[a-z\d][a-z\d-]{0,63}$/, { error: 'expected small letters, digits and dashes' }),
  /** The records inside a document, where it is an envelope: `Records`. @default each value is one */
  records: optional,
  /** A record for which this is true is skipped; a text is the reason. @default none is */
  skip: optional,
  /** An expression for each field of the event; the names are those of the event. */
  map: z.strictObject({
    id: expressionSchema,
    /** RFC 3339, without a zone in UTC; or epoch milliseconds: `seconds * 1000`. */
    time: expressionSchema,
    tenant: optional,
    agent: z.strictObject({
      id: expressionSchema,
      name: optional,
      blueprint: optional,
      version: optional,
      model: optional,
      sponsor: optional,
    }),
    onBehalfOf: optional,
    action: expressionSchema,
    resource: z.strictObject({ id: expressionSchema, type: optional, sensitivity: optional }),
    /** `success`, `failure` or `denied`, or whether it succeeded. */
    outcome: optional,
    error: optional,
    volume: z.strictObject({ bytes: optional, records: optional }).optional(),
    source: z
      .strictObject({ ip: optional, asn: optional, country: optional, userAgent: optional })
      .optional(),
    session: optional,
    trigger: z
      .strictObject({
        kind: optional,
        id: optional,
        digest: optional,
        /** The prompt itself, or the messages it is the last of: kept as a digest only. */
        prompt: optional,
      })
      .optional(),
    permission: z.strictObject({ used: optional, granted: optional }).optional(),
  }),
})

export type Mapping = z.output<typeof mappingSchema>

/** The format a mapping describes. Throws where one of its expressions is none. */
export function mappedFormat({ name, records, skip: skipped, map }: Mapping): Format {
  const targets = targetsOf(map, [])
  const recordsIn = records === undefined ? undefined : compileExpression(records)
  const reasonOf = skipped === undefined ? undefined : compileExpression(skipped)

  return {
    name,
    title: 'as configured',
    carriesPrompts: map.trigger?.prompt !== undefined,

    unwrap(document) {
      if (recordsIn === undefined) return undefined
      const found = attempt(recordsIn, document)
      if (found.error !== undefined || found.value === undefined) return undefined
      return Array.isArray(found.value) ? found.value : [found.value]
    },

    recognises: () => false,

    translate(record) {
      if (reasonOf !== undefined) {
        const { value, error } = attempt(reasonOf, record)
        if (error !== undefined) return refused('skip', skipped!, error)
        if (value === true) return skip('left out by the mapping')
        if (typeof value === 'string' && value !== '') return skip(value.slice(0, 256))
      }
      const event: Record<string, unknown> = {}
      for (const { place, keys, text, evaluate, expected, take, isRequired } of targets) {
        const { value, error } = attempt(evaluate, record)
        if (error !== undefined) return refused(place, text, error)
        if (value === undefined || value === null || value === '') {
          if (isRequired) return refused(place, text, `expected ${expected}, got nothing`)
          continue
        }
        const taken = take(value)
        if (taken === undefined) {
          return refused(place, text, `expected ${expected}, got ${shown(value)}`)
        }
        put(event, keys, taken)
      }
      return { kind: 'events', events: [event as unknown as RawEvent] }
    },
  }
}

const refused = (place: string, text: string, reason: string): Translation => ({
  kind: 'reject',
  path: '$',
  reason: `${place} (${shown(text)}): ${reason}`,
})

function put(event: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [first, second] = keys as [string, string | undefined]
  if (second === undefined) event[first] = value
  else event[first] = { ...(event[first] as Fields | undefined), [second]: value }
}

function attempt(evaluate: Evaluate, record: unknown): { value?: unknown; error?: string } {
  try {
    return { value: evaluate(record) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}
