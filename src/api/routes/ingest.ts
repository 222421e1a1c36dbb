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
import { type Operation, ref } from '../openapi.ts'
import { HttpProblem } from '../problem.ts'
import {
  allowCloudEvents,
  eventGridValidation,
  firehoseAnswer,
  firehoseProblem,
  isPushed,
} from '../push-services.ts'
import { type Handle, TAKE_IN_PROBLEMS, type TakeIn, takeBytes } from '../take-in.ts'

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
  const mayPush = { role: 'ingest', operation: askLeave } as const
  app.options('/v1/events', { config: mayPush }, async (request, reply) =>
    allowCloudEvents(request, reply),
  )

  if (endHistory === undefined) return
  const config = { role: 'admin', operation: endOfHistory } as const
  app.post('/v1/history/end', { config }, async (_request, reply) => {
    await endHistory()
    return reply.code(204).send()
  })
}

const sendEvents: Operation = {
  id: 'sendEvents',
  summary: 'Takes a batch of events in, and answers once Redis has it.',
  parameters: [
    { name: 'format', in: 'query', about: 'Of the records; found out where none is named.' },
    { name: 'X-Perimeter-Format', in: 'header', about: 'The same as `format`.' },
    {
      ...{ name: 'mode', in: 'query', values: ['live', 'history'] },
      about: 'History is learned and never alerted on; it needs the role admin.',
    },
    { name: 'X-Perimeter-Mode', in: 'header', about: 'The same as `mode`.' },
    { name: 'Content-Encoding', in: 'header', about: 'gzip, deflate, or zstd from Node 22.15.' },
  ],
  body: {
    'application/json': {
      description: 'Events, or records of any format there is, alone or in an array or envelope.',
      anyOf: [ref('Event'), { type: 'array', items: { type: 'object' } }, { type: 'object' }],
    },
    'application/x-ndjson': { type: 'string', description: 'One record a line.' },
    'text/csv': { type: 'string', description: 'With a header line, for a format of your own.' },
  },
  answers: {
    200: {
      about: 'Redis has what was accepted; what was rejected is listed.',
      content: { 'application/json': ref('IngestAnswer') },
    },
  },
  problems: TAKE_IN_PROBLEMS,
}

const askLeave: Operation = {
  id: 'askLeaveToPush',
  summary: 'Whether a service may push CloudEvents here.',
  parameters: [{ name: 'WebHook-Request-Origin', in: 'header', about: 'Who asks.' }],
  answers: { 200: { about: 'What it may.' } },
  problems: [400],
}

const endOfHistory: Operation = {
  id: 'endHistory',
  summary: "Joins what history has taught to the agents' present.",
  answers: { 204: { about: 'Redis has it.' } },
  problems: [503],
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
