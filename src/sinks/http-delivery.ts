/** Sends one HTTP request for a sink and reads the answer as a delivery. */
import { type Dispatcher, request } from 'undici'
import { AddressRefused } from './address-guard.ts'
import type { Delivery } from './sink.ts'

/** What of a response is read at most; the rest is not waited for. */
const RESPONSE_BYTES_MAX = 16_384
/** What of it an operator is shown, where the receiver says why it refuses. */
const RESPONSE_SHOWN_MAX = 200
/** A receiver that asks for more is asked again after an hour all the same. */
const RETRY_AFTER_MS_MAX = 3_600_000

export interface HttpRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly dispatcher: Dispatcher
  /** For the whole exchange, from the connection to the last byte read. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Never throws: what goes wrong between here and the receiver is a retry or a refusal. */
export async function deliverOverHttp(sent: HttpRequest): Promise<Delivery> {
  const timeout = AbortSignal.timeout(sent.timeoutMs)
  const signal = sent.signal === undefined ? timeout : AbortSignal.any([timeout, sent.signal])
  try {
    const response = await request(sent.url, {
      method: 'POST',
      headers: sent.headers,
      body: sent.body,
      dispatcher: sent.dispatcher,
      headersTimeout: sent.timeoutMs,
      bodyTimeout: sent.timeoutMs,
      signal,
    })
    const said = await readSome(response.body, response.statusCode)
    return readDelivery(response.statusCode, response.headers['retry-after'], said, Date.now())
  } catch (error) {
    const refused = findRefused(error)
    if (refused !== undefined) return { kind: 'refused', reason: refused.message }
    if (timeout.aborted) {
      return { kind: 'retry', reason: `no answer within ${sent.timeoutMs} ms` }
    }
    return { kind: 'retry', reason: describeError(error) }
  }
}

/** What a status says, by the rules of Standard Webhooks. */
export function readDelivery(
  status: number,
  retryAfter: string | string[] | undefined,
  said: string,
  nowMs: number,
): Delivery {
  const reason = `HTTP ${status}${said === '' ? '' : `: ${said}`}`
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  if (status === 410) return { kind: 'refused', reason, isGone: true }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const afterMs = parseRetryAfter(retryAfter, nowMs)
    return afterMs === undefined ? { kind: 'retry', reason } : { kind: 'retry', reason, afterMs }
  }
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `HTTP ${status}: redirects are not followed` }
  }
  return { kind: 'refused', reason }
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

/** The beginning of a response, on one line and without control characters. */
async function readSome(body: Dispatcher.ResponseData['body'], status: number): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      sizeBytes += chunk.length
      if (sizeBytes > RESPONSE_BYTES_MAX) break // leaving the loop closes the connection
    }
  } catch (error) {
    // The status has decided already; a body that breaks off changes nothing but a success.
    if (status >= 200 && status < 300 && sizeBytes === 0) throw error
  }
  if (status < 400) return ''
  const text = Buffer.concat(chunks).toString('utf8', 0, RESPONSE_SHOWN_MAX)
  return text.replace(/[\p{C}\p{Z}\s]+/gu, ' ').trim()
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
