/** What the HTTP interface answers, as those who call it may rely on it. */
import { z } from 'zod'
import { failures } from '../errors.ts'

/** Why a request failed that never reached the engine. Beside them stand the codes of errors.ts. */
export const httpProblems = {
  BODY_UNREADABLE: { status: 400 },
  KEY_MISSING: { status: 401 },
  KEY_UNKNOWN: { status: 401 },
  ROLE_MISSING: { status: 403 },
  NOT_FOUND: { status: 404 },
  BODY_TOO_LARGE: { status: 413 },
  CONTENT_TYPE_UNKNOWN: { status: 415 },
  ENCODING_UNKNOWN: { status: 415 },
  REQUEST_INVALID: { status: 400 },
  INTERNAL: { status: 500 },
  BUSY: { status: 503 },
} as const satisfies Record<string, { readonly status: number }>

export type HttpProblemCode = keyof typeof httpProblems

/** Most rejected records that an answer lists; `rejected` counts them all. */
export const ERRORS_LISTED_MAX = 100
/** Most bytes the list may take: shippers read 64 KiB of an answer, some of them less well. */
export const ERRORS_BYTES_MAX = 49_152

/** A record that could not be used, by its place in the body. */
export const rejectSchema = z.object({
  index: z.number().int().nonnegative().describe('Which record, from 0.'),
  path: z.string().describe('Where in the record: `$.agent.id`.'),
  message: z.string(),
})

/** The answer to POST /v1/events once every usable event is in Redis. */
export const ingestAnswerSchema = z.object({
  accepted: z.number().int().nonnegative(),
  duplicates: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe('Accepted before under the same id; in `accepted` too. Absent where not known yet.'),
  skipped: z
    .number()
    .int()
    .nonnegative()
    .describe('Records that are readable and tell of no agent: nothing is wrong with them.'),
  rejected: z.number().int().nonnegative(),
  errors: z.array(rejectSchema).max(ERRORS_LISTED_MAX),
})

const codes = [...Object.keys(httpProblems), ...Object.keys(failures)] as [string, ...string[]]

/** RFC 9457, `application/problem+json`: every answer that is not a success. */
export const problemSchema = z.object({
  type: z.literal('about:blank'),
  title: z.string().describe('The status in words.'),
  status: z.number().int(),
  detail: z.string().describe('What went wrong, with the value and what was expected.'),
  code: z.enum(codes).describe('One of docs/errors.md.'),
  requestId: z.string().describe('The key to the log line of this request.'),
  quota: z
    .object({ tenant: z.string(), name: z.enum(['queueShare', 'eventsPerS']) })
    .optional()
    .describe('Which quota of which tenant, where one is used up.'),
  errors: z
    .array(rejectSchema)
    .max(ERRORS_LISTED_MAX)
    .optional()
    .describe('The records, where it was they that could not be used.'),
})

/** The answer to GET /readyz. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  missing: z
    .array(z.object({ check: z.string(), problem: z.string() }))
    .describe('What is not there yet, and why; empty when ready.'),
})

export type Reject = z.output<typeof rejectSchema>
export type IngestAnswer = z.output<typeof ingestAnswerSchema>
export type Problem = z.output<typeof problemSchema>
export type Readiness = z.output<typeof readinessSchema>
