/**
 * The inlet of a source: takes in what was read the way HTTP bodies are, and waits where a sender would be
 * told to come again.
 *
 * Reading and accepting are each tried until they are done or the source is to stop. What a body cannot
 * help is never tried again: it is set aside with its reason, so that nothing that is broken holds up what
 * comes after it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { EngineError } from '../errors.ts'
import { type RuntimeLog, storeFailure } from '../runtime/connection.ts'
import { keepRejects, type RejectLetter } from '../runtime/dead-letters.ts'
import { letterOf } from '../runtime/gate.ts'
import type { IngestMetrics } from '../runtime/ingest-metrics.ts'
import type { Keys } from '../runtime/keys.ts'
import { QuotaExceeded } from '../runtime/quotas.ts'
import { type Accept, type OwnBody, ownBody, type ParseBody, takeIn } from '../runtime/take-in.ts'
import type { SourceMetrics } from './metrics.ts'
import type { Arrival, Inlet, Outcome } from './source.ts'

/** Pauses where nobody says how long, in ms; doubled from the first to the last. */
const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 5_000
/** Between two beats of a wait, in ms. */
const BEAT_MS = 2_000
/** Events accepted at once: more at a time would save nothing, and hold more memory. */
const EVENTS_PER_ACCEPT = 8_192
/** Longest reason told; what is longer quotes the record itself. */
const REASON_LENGTH_MAX = 300

export interface InletParts {
  /** Where what cannot be used is set aside. */
  readonly client: Redis
  readonly keys: Keys
  readonly parseBody: ParseBody
  readonly accept: Accept
  readonly metrics: IngestMetrics
  readonly sourceMetrics: SourceMetrics
  readonly log: RuntimeLog
}

/** What is known of the source it is for. */
export interface InletOf {
  readonly name: string
  readonly tenant?: string | undefined
  readonly format?: string | undefined
}

const UNREAD: OwnBody = { events: [], rejects: [], skipped: 0, strangers: [] }
type Beat = (() => Promise<unknown>) | undefined

export function createInlet(parts: InletParts, of: InletOf, signal: AbortSignal): Inlet {
  const { client, keys, parseBody, sourceMetrics, log } = parts
  const { name: source, tenant } = of

  /** Tries until it is done; throws when it is to stop, and what trying again cannot help. */
  async function patiently<Done>(work: () => Promise<Done>, beat: Beat): Promise<Done> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof EngineError && error.retry)) throw error
        const { code } = error
        sourceMetrics.waits.inc({ source, code })
        if (attempt === 0) log.warn({ source, code, why: error.message }, 'a source waits')
        await pause(pauseMs(error, attempt), signal, beat)
      }
    }
  }

  async function setAside(letters: readonly RejectLetter[], beat: Beat): Promise<void> {
    await patiently(async () => {
      await keepRejects(client, keys, letters).catch((error) => {
        throw storeFailure(error)
      })
    }, beat)
  }

  /** What cannot be read is set aside as a whole, whatever it is that it breaks. */
  async function read(arrival: Arrival, beat: Beat): Promise<OwnBody> {
    const from = `${source}: ${arrival.place}`
    if ('problem' in arrival) return refuse(arrival.problem, from, of.format, beat)
    const { body, format = of.format } = arrival
    const parsed = await patiently(() => tryParse(body, format, { from }), beat)
    if ('problem' in parsed) return refuse(parsed.problem, from, format, beat)
    const own = ownBody(parsed, tenant)
    await setAside(
      own.strangers.map((one) => ({ ...letterOf(one), from })),
      beat,
    )
    return own
  }

  async function refuse(reason: string, from: string, format: string | undefined, beat: Beat) {
    await setAside([{ atMs: Date.now(), path: '$', reason, format, from }], beat)
    return { ...UNREAD, rejects: [{ index: 0, path: '$', reason }] }
  }

  /** Throws what trying again may help. */
  async function tryParse(...[body, format, how]: Parameters<ParseBody>) {
    try {
      return await parseBody(body, format, how)
    } catch (error) {
      if (error instanceof EngineError && error.retry) throw error
      const { name, message } = error as Error
      // Not with its message, which may quote the body.
      log.warn({ source, from: how?.from, error: name }, 'a body could not be read')
      const isDeep = error instanceof RangeError // so that a reader ran out of stack
      return { problem: isDeep ? 'expected less nesting, got too much to be read' : message }
    }
  }

  async function accept(bodies: readonly OwnBody[], beat: Beat): Promise<void> {
    const how = { isHistory: false, traceparent: undefined }
    const { accepted, skipped, rejects } = await patiently(() => takeIn(parts, bodies, how), beat)
    const { records } = sourceMetrics
    records.inc({ source, outcome: 'accepted' }, accepted)
    records.inc({ source, outcome: 'skipped' }, skipped)
    records.inc({ source, outcome: 'rejected' }, rejects.length)
  }

  return {
    async take(arrivals, beat) {
      const outcomes: Outcome[] = []
      let bodies: OwnBody[] = []
      let events = 0
      for (const arrival of arrivals) {
        const body = await read(arrival, beat)
        outcomes.push(outcomeOf(body))
        bodies.push(body)
        events += body.events.length
        if (events < EVENTS_PER_ACCEPT) continue
        await accept(bodies, beat)
        bodies = []
        events = 0
      }
      if (bodies.length > 0) await accept(bodies, beat)
      return outcomes
    },
    lost: (count) => sourceMetrics.records.inc({ source, outcome: 'lost' }, count),
  }
}

function outcomeOf({ events, skipped, rejects }: OwnBody): Outcome {
  const [first] = rejects
  const reason = first && `${first.path}: ${first.reason}`.slice(0, REASON_LENGTH_MAX)
  return { accepted: events.length, skipped, rejected: rejects.length, reason }
}

function pauseMs(error: EngineError, attempt: number): number {
  const asked = error instanceof QuotaExceeded ? error.retryAfterMs : undefined
  return asked ?? Math.min(PAUSE_MS_MIN * 2 ** attempt, PAUSE_MS_MAX)
}

async function pause(ms: number, signal: AbortSignal, beat: Beat): Promise<void> {
  const endMs = performance.now() + ms
  for (let leftMs = ms; leftMs > 0; leftMs = endMs - performance.now()) {
    await sleep(Math.min(leftMs, BEAT_MS), undefined, { signal })
    await beat?.()
  }
  signal.throwIfAborted()
}
