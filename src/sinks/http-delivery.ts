/** Sends one HTTP request for a sink and reads the answer as a delivery. */
import { type Dispatcher, request } from 'undici'
import { AddressRefused } from './address-guard.ts'
import type { Delivery } from './sink.ts'

/** What of a response is read at most where nothing else is said; the rest is not waited for. */
const RESPONSE_BYTES_MAX = 16_384
/** What of it an operator is shown, where the receiver says why it refuses. */
const RESPONSE_SHOWN_MAX = 200
/** A receiver that asks for more is asked again after an hour all the same. */
const RETRY_AFTER_MS_MAX = 3_600_000

/** Bad request, too large, cannot be processed. */
const OF_CONTENT = new Set([400, 413, 422])

export interface HttpRequest {
  readonly method?: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly dispatcher: Dispatcher
  /** For the whole exchange, from the connection to the last byte read. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Where an answer that matters may be longer than usual. */
  readonly responseBytesMax?: number | undefined
}

/** What a receiver said. */
export interface HttpAnswer {
  readonly status: number
  readonly retryAfter: string | string[] | undefined
  /** Its beginning, where it is long. */
  readonly body: string
}

export type Undelivered = Exclude<Delivery, { readonly kind: 'delivered' }>

/** An answer, or what kept it from coming. */
export type Exchange = { readonly kind: 'answered'; readonly answer: HttpAnswer } | Undelivered

/** Never throws: what goes wrong between here and the receiver is a retry or a refusal. */
export async function exchangeOverHttp(sent: HttpRequest): Promise<Exchange> {
  const timeout = AbortSignal.timeout(sent.timeoutMs)
  const signal = sent.signal === undefined ? timeout : AbortSignal.any([timeout, sent.signal])
  try {
    const response = await request(sent.url, {
      method: sent.method ?? 'POST',
      headers: sent.headers,
      body: sent.body ?? null,
      dispatcher: sent.dispatcher,
      headersTimeout: sent.timeoutMs,
      bodyTimeout: sent.timeoutMs,
      signal,
    })
    const { statusCode: status, headers } = response
    const body = await readSome(response.body, status, sent.responseBytesMax ?? RESPONSE_BYTES_MAX)
    return { kind: 'answered', answer: { status, retryAfter: headers['retry-after'], body } }
  } catch (error) {
    return readFailure(error, timeout.aborted ? sent.timeoutMs : undefined)
  }
}

/** What an error between here and the receiver says; `timeoutMs` where the time was up. */
export function readFailure(error: unknown, timeoutMs?: number): Undelivered {
  const refused = findRefused(error)
  if (refused !== undefined) return { kind: 'refused', reason: refused.message }
  if (timeoutMs !== undefined) return { kind: 'retry', reason: `no answer within ${timeoutMs} ms` }
  return { kind: 'retry', reason: describeError(error) }
}

/** What an answer says, by the rules of Standard Webhooks. */
export function readDelivery({ status, retryAfter, body }: HttpAnswer, nowMs: number): Delivery {
  const reason = reasonOf(status, body)
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'refused', reason, isGone: true }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const afterMs = parseRetryAfter(retryAfter, nowMs)
    return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs }
  }
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `HTTP ${status}: redirects are not followed` }
  }
  if (OF_CONTENT.has(status)) return { kind: 'refused', reason, isOfContent: true }
  return { kind: 'refused', reason }
}

/** Status and what was said with it, on one line and without control characters. */
export function reasonOf(status: number, said: string): string {
  const text = said.slice(0, RESPONSE_SHOWN_MAX).replace(/[\p{C}\p{Z}\s]+/gu, ' ')
  return text.trim() === '' ? `HTTP ${status}` : `HTTP ${status}: ${text.trim()}`
}

/** Reads seconds or an HTTP date; answers milliseconds from now, at most an hour. */
export function parseRetryAfter(
  header: string | string[] | undefined,
  nowMs: number,
): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim()
  if (text === undefined || text === '') return undefined
  const afterMs = /^\d{1,15}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  if (Number.isNaN(afterMs)) return undefined
  return Math.min(Math.max(afterMs, 0), RETRY_AFTER_MS_MAX)
}

/** The beginning of a response. */
async function readSome(
  body: Dispatcher.ResponseData['body'],
  status: number,
  bytesMax: number,
): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      sizeBytes += chunk.length
      if (sizeBytes > bytesMax) break // leaving the loop closes the connection
    }
  } catch (error) {
    // The status has decided already; a body that breaks off changes nothing but a success.
    if (status >= 200 && status < 300 && sizeBytes === 0) throw error
  }
  return Buffer.concat(chunks).toString('utf8', 0, bytesMax)
}

function findRefused(error: unknown): AddressRefused | undefined {
  if (error instanceof AddressRefused) return error
  if (error instanceof AggregateError) return error.errors.map(findRefused).find(Boolean)
  return error instanceof Error && error.cause !== undefined ? findRefused(error.cause) : undefined
}

function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeError).join('; ')
  }
  if (!(error instanceof Error)) return String(error)
  const code = (error as NodeJS.ErrnoException).code
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${error.message} (${code})`
}
