/**
 * POST /v1/events: takes a batch of events in, and answers once Redis has it.
 *
 * With `?mode=history`, or the header `X-Perimeter-Mode: history`, they are learned and never alerted
 * on; POST /v1/history/end then joins what they taught to the agents' present.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Event } from '../../event/event.ts'
import { beginStep } from '../../runtime/tracing.ts'
import { type ByteBudget, createByteBudget } from '../byte-budget.ts'
import { ERRORS_BYTES_MAX, ERRORS_LISTED_MAX, type IngestAnswer, type Reject } from '../contract.ts'
import { inflateBody } from '../inflate.ts'
import { isAllowed, type KeyHolder } from '../keys.ts'
import type { Limits } from '../limits.ts'
import type { ApiMetrics } from '../metrics.ts'
import { HttpProblem } from '../problem.ts'

/** Longest path and message listed for one record; what is longer quotes the record itself. */
const PATH_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 300

/** What came of reading a body. */
export interface ReadBody {
  readonly events: readonly Event[]
  readonly rejects: readonly {
    readonly index: number
    readonly path: string
    readonly reason: string
  }[]
  /** Records that are readable and not ours to judge. */
  readonly skipped: number
}

/**
 * Reads a body: a JSON array, an object, NDJSON or concatenated JSON, in the named format or in the
 * one it looks like. Throws INPUT_UNREADABLE where nothing in it is JSON, FORMAT_UNKNOWN where
 * nobody knows the format.
 */
export type ParseBody = (body: Buffer, format: string | undefined) => ReadBody | Promise<ReadBody>

/** Puts events into the queues; resolves when Redis has them all, and throws when it has none. */
export type Accept = (
  events: readonly Event[],
  from: {
    readonly key: string
    readonly requestId: string
    readonly isHistory: boolean
    /** As a trace refers to the request; undefined where nothing is traced. */
    readonly traceparent: string | undefined
  },
) => Promise<{ readonly duplicates?: number }>

export interface IngestParts {
  readonly accept: Accept
  readonly parseBody: ParseBody
  /** Ends a history; resolves when Redis has it. Without it none is taken in. */
  readonly endHistory?: (() => Promise<void>) | undefined
  readonly limits: Limits
  readonly metrics: ApiMetrics
}

/** Registers the route in a scope of its own: here every body is bytes, elsewhere it is not. */
export function ingestRoute(app: FastifyInstance, parts: IngestParts): void {
  const { limits, metrics } = parts
  const budget = createByteBudget(limits.bufferedBytesMax, metrics.bufferedBytes)

  // Shippers send JSON under many content types, under broken ones and under none.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] = 'application/octet-stream'
  })

  app.post('/v1/events', {
    config: { role: 'ingest' },
    bodyLimit: limits.bodyBytesMax,
    // Before the body is read: what cannot be held is not begun.
    preParsing: async (request, reply, payload) => {
      budget.hold(reply, Math.min(announcedBytes(request), limits.bodyBytesMax))
      return payload
    },
    handler: (request, reply) => traced(request, reply, parts, budget),
  })

  const { endHistory } = parts
  if (endHistory === undefined) return
  app.post('/v1/history/end', { config: { role: 'admin' } }, async (_request, reply) => {
    await endHistory()
    return reply.code(204).send()
  })
}

/** As the sender's own step of its trace, where it has one. */
async function traced(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: IngestParts,
  budget: ByteBudget,
): Promise<IngestAnswer> {
  const sender = request.headers.traceparent
  const step = beginStep('ingest', {
    after: typeof sender === 'string' ? [sender] : [],
    attributes: { 'http.request.method': 'POST', 'http.route': '/v1/events' },
  })
  try {
    const answer = await ingest(request, reply, parts, budget, step.traceparent)
    const { accepted, rejected } = answer
    step.end({ 'perimeter.accepted': accepted, 'perimeter.rejected': rejected })
    return answer
  } catch (error) {
    step.end({}, error)
    throw error
  }
}

async function ingest(
  request: FastifyRequest,
  reply: FastifyReply,
  { accept, parseBody, limits, metrics }: IngestParts,
  budget: ByteBudget,
  traceparent: string | undefined,
): Promise<IngestAnswer> {
  const holder = request.keyHolder! // the route asks for a role, so a key was found
  const isHistory = isHistoryAsked(request, holder)
  const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const encoding = request.headers['content-encoding']
  const body = await inflateBody(sent, encoding, limits.inflatedBytesMax)
  if (body !== sent) budget.hold(reply, body.length)
  metrics.bodyBytes.observe(body.length)
  if (body.length === 0) throw new HttpProblem('BODY_UNREADABLE', 'The body is empty.')

  const read = await parse(parseBody, body, formatOf(request))
  const { events, strangers } = ownEvents(read.events, holder)
  const errors = listErrors([...read.rejects, ...strangers])
  const rejected = read.rejects.length + strangers.length
  if (events.length === 0 && read.skipped === 0 && rejected > 0) {
    metrics.events.inc({ outcome: 'rejected' }, rejected)
    const detail = `None of the ${rejected} records can be used: ${errors[0]?.message ?? ''}`
    throw new HttpProblem('BODY_UNREADABLE', detail, errors)
  }

  const sinceMs = performance.now()
  const taken =
    events.length === 0
      ? {}
      : await accept(events, {
          key: holder.name,
          requestId: request.id,
          isHistory,
          traceparent,
        })
  metrics.acceptSeconds.observe((performance.now() - sinceMs) / 1_000)
  const duplicates = taken.duplicates
  // Counted only now: a batch that is refused is sent again, and would count twice.
  metrics.batchEvents.observe(events.length)
  metrics.events.inc({ outcome: 'accepted' }, events.length)
  metrics.events.inc({ outcome: 'duplicate' }, duplicates ?? 0)
  metrics.events.inc({ outcome: 'skipped' }, read.skipped)
  metrics.events.inc({ outcome: 'rejected' }, rejected)
  return {
    accepted: events.length,
    ...(duplicates === undefined ? {} : { duplicates }),
    skipped: read.skipped,
    rejected,
    errors,
  }
}

async function parse(
  parseBody: ParseBody,
  body: Buffer,
  format: string | undefined,
): Promise<ReadBody> {
  try {
    return await parseBody(body, format)
  } catch (error) {
    // Nesting so deep that a reader runs out of stack is the input's fault, not ours.
    if (error instanceof RangeError) {
      throw new HttpProblem('BODY_UNREADABLE', 'The body is nested too deeply to be read.')
    }
    throw error
  }
}

/** `?format=` or the header `X-Perimeter-Format`; undefined means: look at it and see. */
function formatOf({ query, headers }: FastifyRequest): string | undefined {
  const asked = (query as { format?: unknown }).format ?? headers['x-perimeter-format']
  if (asked === undefined || asked === '' || asked === 'auto') return undefined
  if (typeof asked !== 'string' || !/^[\w.-]{1,64}$/.test(asked)) {
    throw new HttpProblem('REQUEST_INVALID', 'format: expected one name of letters and digits.')
  }
  return asked
}

/** History teaches without being judged, so it is for those alone who may do everything. */
function isHistoryAsked({ query, headers }: FastifyRequest, { role }: KeyHolder): boolean {
  const asked = (query as { mode?: unknown }).mode ?? headers['x-perimeter-mode'] ?? 'live'
  if (asked === 'live') return false
  if (asked !== 'history') {
    throw new HttpProblem('REQUEST_INVALID', 'mode: expected "live" or "history".')
  }
  if (isAllowed(role, 'admin')) return true
  throw new HttpProblem('ROLE_MISSING', `The API key has the role ${role}: expected admin.`)
}

/** A key that belongs to a tenant sends for that tenant only. */
function ownEvents(events: readonly Event[], { tenant }: KeyHolder) {
  if (tenant === undefined) return { events, strangers: [] }
  const own: Event[] = []
  const strangers: { index: number; path: string; reason: string }[] = []
  for (const [index, event] of events.entries()) {
    if (event.tenant === tenant) own.push(event)
    else if (event.tenant === 'default') own.push({ ...event, tenant })
    else {
      const reason = `event "${event.id}": the key belongs to another tenant`
      strangers.push({ index, path: '$.tenant', reason })
    }
  }
  return { events: own, strangers }
}

/** As many as fit, shortened, so that an answer stays below what every shipper reads. */
function listErrors(rejects: ReadBody['rejects']): Reject[] {
  const errors: Reject[] = []
  let sizeBytes = 0
  for (const { index, path, reason } of rejects.slice(0, ERRORS_LISTED_MAX)) {
    const message = reason.slice(0, MESSAGE_LENGTH_MAX)
    const error = { index, path: path.slice(0, PATH_LENGTH_MAX), message }
    sizeBytes += Buffer.byteLength(JSON.stringify(error)) + 1
    if (sizeBytes > ERRORS_BYTES_MAX) break
    errors.push(error)
  }
  return errors
}

/** What the body will take; more than any may where it is not said. */
function announcedBytes({ headers }: FastifyRequest): number {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER
}
