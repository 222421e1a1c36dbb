/**
 * POST /v1/traces and /v1/logs: takes in what an OpenTelemetry SDK or Collector exports, as OTLP/HTTP has
 * it, in JSON or in protobuf. What is no call of an agent is skipped; what cannot be used is told as a
 * partial success, so that nobody sends it again.
 *
 * Source    "OpenTelemetry Protocol Specification 1.x", OTLP/HTTP.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { otelGenai } from '../../formats/otel-genai.ts'
import { type Fields, isFields } from '../../formats/text/fields.ts'
import {
  answerBytes,
  RequestTooLarge,
  recordsIn,
  requestOf,
} from '../../formats/text/otlp-protobuf.ts'
import { tooLarge } from '../../formats/text/values.ts'
import type { Taken } from '../../runtime/take-in.ts'
import type { Problem } from '../contract.ts'
import type { Operation } from '../openapi.ts'
import { HttpProblem, type ProblemForm } from '../problem.ts'
import { type Handle, TAKE_IN_PROBLEMS, type TakeIn, takeBytes } from '../take-in.ts'

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
/** Spans or log records of one request; the Collector sends 8,192, and each costs a kilobyte or two. */
const RECORDS_MAX = 65_536
/** Reasons told of a partial success. */
const REASONS_MAX = 3
/** Longest reason told; what is longer quotes the record itself. */
const REASON_LENGTH_MAX = 300

const signals = [
  {
    url: '/v1/traces',
    id: 'exportTraces',
    message: 'ExportTraceService',
    field: 'resourceSpans',
    request: 'TraceRequest',
    answer: 'TraceAnswer',
    rejected: 'rejectedSpans',
  },
  {
    url: '/v1/logs',
    id: 'exportLogs',
    message: 'ExportLogsService',
    field: 'resourceLogs',
    request: 'LogsRequest',
    answer: 'LogsAnswer',
    rejected: 'rejectedLogRecords',
  },
] as const
type Signal = (typeof signals)[number]

/** Registers the routes in a scope of their own: here bodies are bytes, and problems told otherwise. */
export function otlpRoutes(app: FastifyInstance, takeIn: TakeIn): void {
  takeBytes(app)
  app.addHook('onRequest', async (request) => {
    request.raw.headers['content-type'] ??= JSON_TYPE
    if (![PROTOBUF, JSON_TYPE].includes(typeOf(request))) {
      const detail = `Content-Type: expected ${PROTOBUF} or ${JSON_TYPE}.`
      throw new HttpProblem('CONTENT_TYPE_UNKNOWN', detail)
    }
  })
  for (const signal of signals) {
    const handle: Handle = async (request, reply, take) => {
      const isBinary = typeOf(request) === PROTOBUF
      const taken = await take((body) => ({
        body: documentOf(body, signal, isBinary),
        format: otelGenai.name,
      }))
      const answer = answerTo(taken, signal)
      return isBinary ? reply.type(PROTOBUF).send(answerBytes(signal.answer, answer)) : answer
    }
    takeIn.route(app, signal.url, handle, {
      problemForm: statusOf,
      operation: operationOf(signal),
    })
  }
}

function operationOf({ id, message }: Signal): Operation {
  const content = (name: string) => ({
    [JSON_TYPE]: { type: 'object', description: `${name}, as JSON.` },
    [PROTOBUF]: { description: `${name}, as protobuf.` },
  })
  return {
    id,
    summary: 'Takes in what OpenTelemetry exports, by OTLP/HTTP.',
    body: content(`${message}Request`),
    answers: {
      200: {
        about: 'Redis has what was accepted; empty, or a partial success.',
        content: content(`${message}Response`),
      },
    },
    problems: TAKE_IN_PROBLEMS,
    problemContent: content('google.rpc.Status'),
  }
}

/** A problem as OTLP has it, a `google.rpc.Status` in the encoding of the request. */
function statusOf(request: FastifyRequest, { detail }: Problem): ProblemForm {
  const status = { message: detail }
  if (typeOf(request) !== PROTOBUF) return { type: JSON_TYPE, body: JSON.stringify(status) }
  return { type: PROTOBUF, body: answerBytes('Status', status) }
}

const typeOf = ({ headers }: FastifyRequest): string =>
  (headers['content-type'] ?? '').replace(/;.*/s, '').trim().toLowerCase()

/** Throws BODY_TOO_LARGE, and BODY_UNREADABLE where it is no request of this signal. */
function documentOf(body: Buffer, { field, request }: Signal, isBinary: boolean): Fields {
  const parsed = isBinary ? readProtobuf(request, body) : readJson(body)
  const groups = isFields(parsed) ? (parsed[field] ?? []) : undefined
  if (!Array.isArray(groups)) {
    throw new HttpProblem('BODY_UNREADABLE', `$.${field}: expected an array.`)
  }
  const document = { [field]: groups }
  let records = 0
  for (const _ of recordsIn(document)) records++
  if (records <= RECORDS_MAX) return document
  throw bodyTooLarge(`expected at most ${RECORDS_MAX} records, got ${records}`)
}

function bodyTooLarge(reason: string): HttpProblem {
  return new HttpProblem('BODY_TOO_LARGE', `Send smaller batches: ${reason}.`)
}

function readProtobuf(request: Signal['request'], body: Buffer): Fields {
  try {
    return requestOf(request, body)
  } catch (error) {
    const { message } = error as Error
    if (error instanceof RequestTooLarge) throw bodyTooLarge(message)
    throw new HttpProblem('BODY_UNREADABLE', `The body is no protobuf of OTLP: ${message}.`)
  }
}

function readJson(body: Buffer): unknown {
  const refusal = tooLarge(body)
  if (refusal !== undefined) throw bodyTooLarge(refusal)
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    throw new HttpProblem('BODY_UNREADABLE', `The body is not JSON: ${(error as Error).message}.`)
  }
}

/** Empty where all went well, as the protocol wants it. 64-bit numbers are texts in its JSON. */
function answerTo({ rejects }: Taken, { rejected }: Signal): Fields {
  if (rejects.length === 0) return {}
  const reasons = rejects
    .slice(0, REASONS_MAX)
    .map(({ path, reason }) => `${path}: ${reason}`.slice(0, REASON_LENGTH_MAX))
  if (rejects.length > REASONS_MAX) reasons.push(`and ${rejects.length - REASONS_MAX} more`)
  const errorMessage = reasons.join('; ')
  return { partialSuccess: { [rejected]: String(rejects.length), errorMessage } }
}
