/**
 * Takes the events of a request in: unpacks its body, reads it, leaves out what is of other tenants, and
 * puts the rest into the queues. Every way in over HTTP goes through here, with the same limits.
 */
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Event } from '../event/event.ts'
import { beginStep } from '../runtime/tracing.ts'
import { createByteBudget } from './byte-budget.ts'
import { inflateBody } from './inflate.ts'
import { isAllowed, type KeyHolder } from './keys.ts'
import type { Limits } from './limits.ts'
import type { ApiMetrics } from './metrics.ts'
import { HttpProblem } from './problem.ts'

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
 * Reads a body: a JSON array, an object, NDJSON, concatenated JSON or CSV, in the named format or in the
 * one it looks like; or a document that was parsed already. `isTable` where the sender says it is CSV.
 * Throws INPUT_UNREADABLE where nothing in it can be read, FORMAT_UNKNOWN where nobody knows the format.
 */
export type ParseBody = (
  body: Buffer | object,
  format: string | undefined,
  isTable?: boolean,
) => ReadBody | Promise<ReadBody>

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

export interface TakeInParts {
  readonly accept: Accept
  readonly parseBody: ParseBody
  readonly limits: Limits
  readonly metrics: ApiMetrics
}

/** What came of a request's body. */
export interface Taken {
  readonly accepted: number
  readonly duplicates: number | undefined
  readonly skipped: number
  readonly rejects: ReadBody['rejects']
}

/** What is to be read of an unpacked body: itself or what was parsed of it, and in which format. */
export type Unpacked = (body: Buffer) => {
  readonly body: Buffer | object
  readonly format: string | undefined
  readonly isTable?: boolean
}

/** Takes a request's body in, once it is unpacked, and answers. */
export type Handle = (
  request: FastifyRequest,
  reply: FastifyReply,
  take: (unpacked: Unpacked) => Promise<Taken>,
) => Promise<unknown>

export interface TakeIn {
  /** Adds a POST route whose body is taken in; in a scope of `takeBytes`. */
  route(app: FastifyInstance, url: string, handle: Handle, config?: FastifyContextConfig): void
}

/** What may be in the way of a body: itself, the tenant's quota, or Redis. */
export const TAKE_IN_PROBLEMS: readonly number[] = [400, 413, 415, 429, 503]

/** From here on every body in the scope is bytes, whatever its content type. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

export function createTakeIn(parts: TakeInParts): TakeIn {
  const { limits, metrics } = parts
  const budget = createByteBudget(limits.bufferedBytesMax, metrics.bufferedBytes)

  async function bodyOf(request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
    const sent = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const encoding = request.headers['content-encoding']
    const body = await inflateBody(sent, encoding, limits.inflatedBytesMax)
    if (body !== sent) budget.hold(reply, body.length)
    metrics.bodyBytes.observe(body.length)
    return body
  }

  return {
    route(app, url, handle, config = {}) {
      app.post(url, {
        config: { ...config, role: 'ingest' },
        bodyLimit: limits.bodyBytesMax,
        // Before the body is read: what cannot be held is not begun.
        preParsing: async (request, reply, payload) => {
          budget.hold(reply, Math.min(announcedBytes(request), limits.bodyBytesMax))
          return payload
        },
        handler: (request, reply) =>
          handle(request, reply, (unpacked) =>
            traced(request, url, async (traceparent) => {
              const isHistory = isHistoryAsked(request, request.keyHolder!) // the route asks for a role
              const read = unpacked(await bodyOf(request, reply))
              return take(request, parts, { ...read, isHistory, traceparent })
            }),
          ),
      })
    },
  }
}

/** As the sender's own step of its trace, where it has one. */
async function traced(
  { headers }: FastifyRequest,
  url: string,
  work: (traceparent: string | undefined) => Promise<Taken>,
): Promise<Taken> {
  const { traceparent } = headers
  const step = beginStep('ingest', {
    after: typeof traceparent === 'string' ? [traceparent] : [],
    attributes: { 'http.request.method': 'POST', 'http.route': url },
  })
  try {
    const taken = await work(step.traceparent)
    const { accepted, rejects } = taken
    step.end({ 'perimeter.accepted': accepted, 'perimeter.rejected': rejects.length })
    return taken
  } catch (error) {
    step.end({}, error)
    throw error
  }
}

async function take(
  request: FastifyRequest,
  { accept, parseBody, metrics }: TakeInParts,
  {
    body,
    format,
    isTable,
    ...how
  }: ReturnType<Unpacked> & {
    readonly isHistory: boolean
    readonly traceparent: string | undefined
  },
): Promise<Taken> {
  const holder = request.keyHolder! // the route asks for a role, so a key was found
  const read = await parse(() => parseBody(body, format, isTable))
  const { events, strangers } = ownEvents(read.events, holder)
  const rejects = [...read.rejects, ...strangers]
  let duplicates: number | undefined
  if (events.length > 0) {
    const sinceMs = performance.now()
    const from = { key: holder.name, requestId: request.id, ...how }
    duplicates = (await accept(events, from)).duplicates
    metrics.acceptSeconds.observe((performance.now() - sinceMs) / 1_000)
  }
  // Counted only now: a batch that is refused is sent again, and would count twice.
  metrics.batchEvents.observe(events.length)
  metrics.events.inc({ outcome: 'accepted' }, events.length)
  metrics.events.inc({ outcome: 'duplicate' }, duplicates ?? 0)
  metrics.events.inc({ outcome: 'skipped' }, read.skipped)
  metrics.events.inc({ outcome: 'rejected' }, rejects.length)
  return { accepted: events.length, duplicates, skipped: read.skipped, rejects }
}

async function parse(read: () => ReadBody | Promise<ReadBody>): Promise<ReadBody> {
  try {
    return await read()
  } catch (error) {
    // Nesting so deep that a reader runs out of stack is the input's fault, not ours.
    if (error instanceof RangeError) {
      throw new HttpProblem('BODY_UNREADABLE', 'The body is nested too deeply to be read.')
    }
    throw error
  }
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

/** What the body will take; more than any may where it is not said. */
function announcedBytes({ headers }: FastifyRequest): number {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER
}
