/**
 * POST /v1/events: takes a batch of events in, and answers once Redis has it.
 *
 * With `?mode=history`, or the header `X-Perimeter-Mode: history`, they are learned and never alerted
 * on; POST /v1/history/end then joins what they taught to the agents' present.
 *
 * Services of clouds that push are answered as each of them expects.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ReadBody } from '../../runtime/take-in.ts'
import { ERRORS_BYTES_MAX, ERRORS_LISTED_MAX, type IngestAnswer, type Reject } from '../contract.ts'
import { HttpProblem } from '../problem.ts'
import {
  allowCloudEvents,
  eventGridValidation,
  firehoseAnswer,
  firehoseProblem,
  isPushed,
} from '../push-services.ts'
import { type Handle, type TakeIn, takeBytes } from '../take-in.ts'
import { askToSend, endOfHistory, sendEvents } from './ingest-operations.ts'

/** Longest path and message listed for one record; what is longer quotes the record itself. */
const PATH_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 300

export interface IngestParts {
  readonly takeIn: TakeIn
  /** Ends a history; resolves when Redis has it. Without it none is taken in. */
  readonly endHistory?: (() => Promise<void>) | undefined
}

/** Registers the route in a scope of its own: here every body is bytes, elsewhere it is not. */
export function ingestRoute(app: FastifyInstance, { takeIn, endHistory }: IngestParts): void {
  // Shippers send JSON under many content types, under broken ones and under none.
  takeBytes(app)
  const tables = new WeakSet<FastifyRequest['raw']>()
  app.addHook('onRequest', async ({ raw }) => {
    if (/^text\/csv\b/i.test(raw.headers['content-type'] ?? '')) tables.add(raw)
    raw.headers['content-type'] = 'application/octet-stream'
  })

  const handle: Handle = async (request, _reply, take) => {
    const validation = eventGridValidation(request)
    if (validation !== undefined) return validation
    const { accepted, duplicates, skipped, rejects } = await take((body) => {
      if (body.length === 0) throw new HttpProblem('BODY_UNREADABLE', 'The body is empty.')
      return { body, format: formatOf(request), isTable: tables.has(request.raw) }
    })
    const errors = listErrors(rejects)
    const rejected = rejects.length
    if (accepted === 0 && skipped === 0 && rejected > 0 && !isPushed(request)) {
      const detail = `None of the ${rejected} records can be used: ${errors[0]?.message ?? ''}`
      throw new HttpProblem('BODY_UNREADABLE', detail, errors)
    }
    const answer: IngestAnswer = {
      accepted,
      ...(duplicates === undefined ? {} : { duplicates }),
      skipped,
      rejected,
      errors,
    }
    return firehoseAnswer(request) ?? answer
  }
  takeIn.route(app, '/v1/events', handle, {
    problemForm: firehoseProblem,
    operation: sendEvents,
  })
  const asking = { role: 'ingest', operation: askToSend } as const
  app.options('/v1/events', { config: asking }, async (request, reply) =>
    allowCloudEvents(request, reply),
  )

  if (endHistory === undefined) return
  const config = { role: 'admin', operation: endOfHistory } as const
  app.post('/v1/history/end', { config }, async (_request, reply) => {
    await endHistory()
    return reply.code(204).send()
  })
}

/** `?format=`, the header `X-Perimeter-Format` or the key's own; undefined means: look at it and see. */
function formatOf({ query, headers, keyHolder }: FastifyRequest): string | undefined {
  const named = (query as { format?: unknown }).format ?? headers['x-perimeter-format']
  const asked = named === undefined || named === '' ? keyHolder?.format : named
  if (asked === undefined || asked === 'auto') return undefined
  if (typeof asked !== 'string' || !/^[\w.-]{1,64}$/.test(asked)) {
    throw new HttpProblem('REQUEST_INVALID', 'format: expected one name of letters and digits.')
  }
  return asked
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
