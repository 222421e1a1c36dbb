/** Turns whatever went wrong into `application/problem+json`, with the status that fits. */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyReply } from 'fastify'
import { EngineError, type FailureCode } from '../errors.ts'
import { QuotaExceeded } from '../runtime/quotas.ts'
import { type HttpProblemCode, httpProblems, type Problem, type Reject } from './contract.ts'
import { ENCODINGS } from './encodings.ts'

/** When nothing better is known: long enough for a burst to drain, short for a shipper. */
const RETRY_AFTER_S = 5
/** A detail is a sentence or two; longer ones quote input. */
const DETAIL_LENGTH_MAX = 1_000

/** Failures which the caller's input causes. All others are ours. */
const CALLERS_FAULT: ReadonlySet<FailureCode> = new Set(['INPUT_UNREADABLE', 'FORMAT_UNKNOWN'])

/** A failure that is known before the engine is reached. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly code: HttpProblemCode
  readonly errors: readonly Reject[] | undefined

  constructor(code: HttpProblemCode, message: string, errors?: readonly Reject[]) {
    super(message)
    this.code = code
    this.errors = errors
  }
}

/** What is sent for an error. What is ours is named by its code and told in the log only. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, status, detail } = classify(error)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: detail.slice(0, DETAIL_LENGTH_MAX),
    code,
    requestId,
    ...(error instanceof HttpProblem && error.errors !== undefined
      ? { errors: [...error.errors] }
      : {}),
    ...(error instanceof QuotaExceeded
      ? { quota: { tenant: error.tenant, name: error.quota } }
      : {}),
  }
}

/** How a problem is written. */
export interface ProblemForm {
  readonly type: string
  readonly body: string | Buffer
}

/**
 * @param retryAfterMs where it is known when it may be worth trying again
 * @param form for those who expect another than `application/problem+json`
 */
export function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  retryAfterMs = 1_000 * RETRY_AFTER_S,
  form: ProblemForm = { type: 'application/problem+json', body: JSON.stringify(problem) },
): FastifyReply {
  reply.header('x-request-id', problem.requestId)
  if (problem.status === 503 || problem.status === 429) {
    reply.header('retry-after', String(Math.ceil(retryAfterMs / 1_000)))
  }
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  if (problem.code === 'ENCODING_UNKNOWN') reply.header('accept-encoding', ENCODINGS)
  return reply.code(problem.status).type(form.type).send(form.body)
}

function classify(error: unknown): { code: string; status: number; detail: string } {
  if (error instanceof HttpProblem) {
    return { code: error.code, status: httpProblems[error.code].status, detail: error.message }
  }
  if (error instanceof EngineError) {
    const { code, retry, message } = error
    if (code === 'QUOTA_EXCEEDED') return { code, status: 429, detail: message }
    if (retry) return { code, status: 503, detail: message }
    if (CALLERS_FAULT.has(code)) return { code, status: 400, detail: message }
    return { code, status: 500, detail: 'The engine failed; its log says why.' }
  }
  return classifyFastify(error as Partial<FastifyError>)
}

/** What fastify itself refuses carries a status and a message of its own. */
function classifyFastify({ statusCode, code, message }: Partial<FastifyError>) {
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { code: 'BODY_TOO_LARGE', status: 413, detail: 'The body is larger than allowed.' }
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { code: 'REQUEST_INVALID', status: 400, detail: message ?? 'The request is not valid.' }
  }
  if (statusCode === 503) return { code: 'BUSY', status: 503, detail: 'The server is closing.' }
  return { code: 'INTERNAL', status: 500, detail: 'The server failed; its log says why.' }
}
