/**
 * The one way in: reads a body, leaves out what is of other tenants, and puts the rest into the queues.
 * What comes over HTTP and what is read from a source goes through here alike.
 */
import type { Event } from '../event/event.ts'
import { shown } from '../event/refusal.ts'
import type { IngestMetrics } from './ingest-metrics.ts'

/** A record that cannot be used, by its place in the body. */
export interface Unusable {
  readonly index: number
  readonly path: string
  readonly reason: string
}

/** What came of reading a body. */
export interface ReadBody {
  readonly events: readonly Event[]
  readonly rejects: readonly Unusable[]
  /** Records that are readable and not ours to judge. */
  readonly skipped: number
}

/**
 * Reads a body: a JSON array, an object, NDJSON, concatenated JSON or CSV, in the named format or in the
 * one it looks like; or a document that was parsed already. Throws INPUT_UNREADABLE where nothing in it
 * can be read, FORMAT_UNKNOWN where nobody knows the format.
 */
export type ParseBody = (
  body: Buffer | object,
  format: string | undefined,
  how?: {
    /** The source it was read from and its place there; without it a sender is told of rejects. */
    readonly from?: string | undefined
    /** Whether the sender says that it is CSV. */
    readonly isTable?: boolean | undefined
  },
) => ReadBody | Promise<ReadBody>

/** Puts events into the queues; resolves when Redis has them all, and throws when it has none. */
export type Accept = (
  events: readonly Event[],
  how: {
    readonly isHistory: boolean
    /** As a trace refers to the request; undefined where nothing is traced. */
    readonly traceparent: string | undefined
  },
) => Promise<{ readonly duplicates?: number }>

/** A body whose events are all of a tenant who may send them. */
export interface OwnBody extends ReadBody {
  /** Of the rejects those that are readable, and another tenant's. */
  readonly strangers: readonly (Unusable & { readonly event: Event })[]
}

/** What came of bodies that were taken in. */
export interface Taken {
  readonly accepted: number
  readonly duplicates: number | undefined
  readonly skipped: number
  readonly rejects: readonly Unusable[]
}

/** One that belongs to a tenant sends for that tenant only; its events are his unless they say another's. */
export function ownBody(read: ReadBody, tenant: string | undefined): OwnBody {
  if (tenant === undefined) return { ...read, strangers: [] }
  const events: Event[] = []
  const strangers: OwnBody['strangers'][number][] = []
  for (const [index, event] of read.events.entries()) {
    if (event.tenant === tenant) events.push(event)
    else if (event.tenant === 'default') events.push({ ...event, tenant })
    else {
      const reason = `expected tenant "${tenant}", got ${shown(event.tenant)} in event ${shown(event.id)}`
      strangers.push({ index, path: '$.tenant', reason, event })
    }
  }
  return { ...read, events, strangers, rejects: [...read.rejects, ...strangers] }
}

/** Takes bodies in together, in their order; throws what `accept` throws, and has counted nothing then. */
export async function takeIn(
  { accept, metrics }: { readonly accept: Accept; readonly metrics: IngestMetrics },
  bodies: readonly OwnBody[],
  how: Parameters<Accept>[1],
): Promise<Taken> {
  const events = bodies.flatMap((body) => body.events)
  const rejects = bodies.flatMap((body) => body.rejects)
  const skipped = bodies.reduce((sum, body) => sum + body.skipped, 0)
  let duplicates: number | undefined
  if (events.length > 0) {
    const sinceMs = performance.now()
    duplicates = (await accept(events, how)).duplicates
    metrics.acceptSeconds.observe((performance.now() - sinceMs) / 1_000)
  }
  // Counted only now: a batch that is refused comes again, and would count twice.
  metrics.batchEvents.observe(events.length)
  metrics.events.inc({ outcome: 'accepted' }, events.length)
  metrics.events.inc({ outcome: 'duplicate' }, duplicates ?? 0)
  metrics.events.inc({ outcome: 'skipped' }, skipped)
  metrics.events.inc({ outcome: 'rejected' }, rejects.length)
  return { accepted: events.length, duplicates, skipped, rejects }
}
