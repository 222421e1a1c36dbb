/**
 * Cloud services that post to /v1/events and expect an answer of their own: Data Firehose, Event Grid, and
 * Pub/Sub. What they post is unpacked with all other envelopes (formats/text/delivery.ts).
 *
 * Source  "HTTP endpoint delivery request and response specifications", Amazon Data Firehose; "Endpoint
 *         validation with Event Grid event schema", Microsoft Learn; "HTTP 1.1 Web Hooks for Event
 *         Delivery", CloudEvents.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { fieldsOf, listOf, textOf } from '../formats/text/fields.ts'
import type { Problem } from './contract.ts'
import { HttpProblem, type ProblemForm } from './problem.ts'

const FIREHOSE_ID = 'x-amz-firehose-request-id'
const EVENT_GRID = 'aeg-event-type'
/** What Pub/Sub calls itself; there is no other sign in its headers. */
const PUBSUB = /^(?:CloudPubSub-Google|APIs-Google)\b/
const HOST = /^[\w.-]{1,253}$/

/**
 * Whether a service posts that would send a record again and again that cannot be used. It is among the dead
 * letters, so the service is told that it has arrived.
 */
export function isPushed({ headers }: FastifyRequest): boolean {
  return (
    headers[FIREHOSE_ID] !== undefined ||
    headers[EVENT_GRID] !== undefined ||
    PUBSUB.test(headers['user-agent'] ?? '')
  )
}

/** What Firehose takes for an answer: any other it counts as a failure, and sends everything again. */
export function firehoseAnswer(
  { headers }: FastifyRequest,
  errorMessage?: string,
): { requestId: string; timestamp: number; errorMessage?: string } | undefined {
  const requestId = headers[FIREHOSE_ID]
  if (typeof requestId !== 'string') return undefined
  return {
    requestId,
    timestamp: Date.now(),
    ...(errorMessage === undefined ? {} : { errorMessage }),
  }
}

/** A problem as Firehose writes it into the log of its stream. */
export function firehoseProblem(
  request: FastifyRequest,
  { code, detail }: Problem,
): ProblemForm | undefined {
  const answer = firehoseAnswer(request, `${code}: ${detail}`)
  return answer && { type: 'application/json', body: JSON.stringify(answer) }
}

/** The answer to Event Grid's question whether its events are wanted here; undefined where it asks nothing. */
export function eventGridValidation({
  headers,
  body,
}: FastifyRequest): { validationResponse: string } | undefined {
  if (headers[EVENT_GRID] !== 'SubscriptionValidation') return undefined
  const validationResponse = textOf(fieldsOf(fieldsOf(listOf(parsed(body))[0]).data).validationCode)
  if (validationResponse !== undefined) return { validationResponse }
  throw new HttpProblem('BODY_UNREADABLE', 'Expected an event with data.validationCode.')
}

/** Allows the one who asks to send CloudEvents here; that he may, his key has said. */
export function allowCloudEvents({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const origin = headers['webhook-request-origin']
  if (typeof origin !== 'string' || !HOST.test(origin)) {
    throw new HttpProblem('REQUEST_INVALID', 'WebHook-Request-Origin: expected the name of a host.')
  }
  reply.header('webhook-allowed-origin', origin)
  if (headers['webhook-request-rate'] !== undefined) reply.header('webhook-allowed-rate', '*')
  return reply.header('allow', 'POST, OPTIONS').code(200).send()
}

function parsed(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString() : '')
  } catch {
    return undefined
  }
}
