/** Sends events to a Perimeter over HTTP, until it has them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { EngineError } from '../errors.ts'
import type { Event, RawEvent } from '../event/event.ts'
import { type IngestAnswer, ingestAnswerSchema, type Problem, problemSchema } from './contract.ts'

const gzipAsync = promisify(gzip)
/** For an answer to come, in ms. */
const ANSWER_MS_MAX = 60_000
/** Between two tries where the receiver does not say when, in ms; doubled up to the second. */
const RETRY_MS = 500
const RETRY_MS_MAX = 30_000
/** What may be otherwise the next time. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504])

export interface SenderOptions {
  /** Where it listens, such as `http://127.0.0.1:8787`. */
  readonly url: string
  readonly key: string
  readonly signal: AbortSignal
  /** Told why it has to be tried again. */
  readonly delayed?: ((why: string) => void) | undefined
}

export type Sent = Pick<IngestAnswer, 'accepted' | 'rejected'> & {
  readonly errors: readonly { readonly path: string; readonly message: string }[]
}

const NOTHING: Sent = { accepted: 0, rejected: 0, errors: [] }

/**
 * Resolves when the receiver has taken or rejected every event, however long that takes; undefined where
 * it was aborted before. A batch that is too large for it is sent in parts.
 *
 * @throws EngineError CONFIG_INVALID where it will not have what comes from here
 */
export async function sendEvents(
  events: readonly RawEvent[],
  options: SenderOptions,
): Promise<Sent | undefined> {
  if (events.length === 0) return NOTHING
  const body = await gzipAsync(events.map(lineOf).join(''))
  for (let attempt = 0; !options.signal.aborted; attempt++) {
    const answer = await post(body, options)
    if (answer === undefined) return undefined
    const { status, text, retryAfterMs } = answer
    if (status === 200) return ingestAnswerSchema.parse(JSON.parse(text))
    const problem = problemIn(text)
    if (status === 400 && problem?.errors !== undefined) {
      return { accepted: 0, rejected: events.length, errors: problem.errors }
    }
    const detail = problem?.detail ?? text.slice(0, 200)
    if (status === 413 && events.length > 1) return sendHalves(events, options)
    if (status === 413)
      return { accepted: 0, rejected: 1, errors: [{ path: '$', message: detail }] }
    const why = `${options.url} ${status === 0 ? 'does not answer' : `answers ${status}`}: ${detail}`
    if (status !== 0 && !PASSING.has(status)) throw new EngineError('CONFIG_INVALID', why)
    options.delayed?.(why)
    const waitMs = retryAfterMs ?? Math.min(RETRY_MS * 2 ** attempt, RETRY_MS_MAX)
    await sleep(waitMs, undefined, { signal: options.signal }).catch(() => {})
  }
  return undefined
}

async function sendHalves(
  events: readonly RawEvent[],
  options: SenderOptions,
): Promise<Sent | undefined> {
  const half = events.length >> 1
  const first = await sendEvents(events.slice(0, half), options)
  const second = first && (await sendEvents(events.slice(half), options))
  if (first === undefined || second === undefined) return undefined
  return {
    accepted: first.accepted + second.accepted,
    rejected: first.rejected + second.rejected,
    errors: [...first.errors, ...second.errors],
  }
}

/** Status 0 where there was no answer; undefined where it was aborted. */
async function post(body: Buffer, { url, key, signal }: SenderOptions) {
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}/v1/events?format=canonical`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
      },
      body: new Uint8Array(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    })
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      status: response.status,
      text: await response.text(),
      retryAfterMs: Number.isNaN(seconds) ? undefined : Math.min(1_000 * seconds, RETRY_MS_MAX),
    }
  } catch (error) {
    if (signal.aborted) return undefined
    const { cause, message } = error as Error
    const text = cause instanceof Error && cause.message !== '' ? cause.message : message
    return { status: 0, text, retryAfterMs: undefined }
  }
}

/** What the gate added to an event, it adds again. */
const lineOf = ({ atMs: _, ...event }: RawEvent & Partial<Pick<Event, 'atMs'>>): string =>
  `${JSON.stringify(event)}\n`

function problemIn(text: string): Problem | undefined {
  try {
    return problemSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
