/** Takes a request's events in: unpacks its body, within the limits that hold for every way in over HTTP. */
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type Accept,
  ownBody,
  type ParseBody,
  type ReadBody,
  type Taken,
  takeIn,
} from '../runtime/take-in.ts'
import { beginStep } from '../runtime/tracing.ts'
import { createByteBudget } from './byte-budget.ts'
import { inflateBody } from './inflate.ts'
import { isAllowed, type KeyHolder } from './keys.ts'
import type { Limits } from './limits.ts'
import type { ApiMetrics } from './metrics.ts'
import { HttpProblem } from './problem.ts'

export interface TakeInParts {
  readonly accept: Accept
  readonly parseBody: ParseBody
  readonly limits: Limits
  readonly metrics: ApiMetrics
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
  parts: TakeInParts,
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
  const { tenant } = request.keyHolder! // the route asks for a role, so a key was found
  const read = await parse(() => parts.parseBody(body, format, { isTable }))
  return takeIn(parts, [ownBody(read, tenant)], how)
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

/** What the body will take; more than any may where it is not said. */
function announcedBytes({ headers }: FastifyRequest): number {
  const text = headers['content-length']
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER
}
