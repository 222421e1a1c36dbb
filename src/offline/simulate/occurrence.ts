/** Occurrence: one thing that happened, the event that tells of it, and when the event arrives. */
import type { RawEvent } from '../../event/event.ts'
import type { Random } from '../../math/random.ts'
import type { Item } from './areas.ts'
import type { Origin } from './origins.ts'
import { makeId, writeTime } from './platform.ts'
import type { Session } from './sessions.ts'
import type { Change, SimulatedAgent, World } from './world.ts'

export interface Occurrence {
  readonly agent: SimulatedAgent
  /** When it happened, by a clock without fault. */
  readonly atMs: number
  readonly arrivesMs: number
  readonly event: RawEvent
}

export type Source = NonNullable<RawEvent['source']>

/** What one event says beyond what its session says. */
export interface Draft {
  readonly atMs: number
  readonly action: string
  readonly item: Item
  readonly scope?: string | undefined
  readonly outcome?: 'failure' | 'denied'
  readonly error?: string
  readonly bytes?: number
  readonly records?: number
  /** Scopes it holds, where they are not its blueprint's. */
  readonly granted?: readonly string[]
}

/** Writes the event as the agent's platform would, leaving out what that platform leaves out. */
export function assemble(
  world: World,
  session: Session,
  draft: Draft,
  active: readonly Change[],
  rng: Random,
): Occurrence {
  const { agent } = session
  const { shows, blueprint } = agent
  const { atMs } = draft
  const event: RawEvent = {
    id: makeId(blueprint.platform, atMs, rng),
    time: writeTime(blueprint.platform, atMs + skewOf(agent, active)),
    agent: session.release.agent,
    action: draft.action,
    resource: shownItem(agent, draft.item),
  }
  if (world.tenant !== undefined) event.tenant = world.tenant
  if (session.person !== undefined) event.onBehalfOf = session.person
  if (draft.outcome !== undefined) event.outcome = draft.outcome
  if (draft.error !== undefined) event.error = draft.error
  const hasBytes = shows.bytes && draft.bytes !== undefined
  const hasRecords = shows.records && draft.records !== undefined
  if (hasBytes || hasRecords) {
    event.volume = {}
    if (hasBytes) event.volume.bytes = draft.bytes
    if (hasRecords) event.volume.records = draft.records
  }
  if (session.source !== undefined) event.source = session.source
  if (session.id !== undefined) event.session = session.id
  if (session.trigger !== undefined) event.trigger = session.trigger
  const hasScope = shows.scope && draft.scope !== undefined
  if (hasScope || (shows.granted && blueprint.granted.length > 0)) {
    event.permission = {}
    if (hasScope) event.permission.used = draft.scope
    if (shows.granted) event.permission.granted = (draft.granted ?? blueprint.granted) as string[]
  }
  return { agent, atMs, arrivesMs: arrivalOf(agent, atMs, active, rng), event }
}

/** The `source` field, or undefined where nothing of it is shown. */
export function sourceOf(
  { shows }: SimulatedAgent,
  { ip, asn, country }: Origin,
  userAgent: string,
): Source | undefined {
  const source: Source = {}
  if (shows.ip) source.ip = ip
  if (shows.asn) source.asn = asn
  if (shows.country) source.country = country
  if (shows.userAgent) source.userAgent = userAgent
  return shows.ip || shows.asn || shows.country || shows.userAgent ? source : undefined
}

function skewOf({ skewMs }: SimulatedAgent, active: readonly Change[]): number {
  return active.reduce((sum, change) => sum + (change.skewMs ?? 0), skewMs)
}

function shownItem({ shows }: SimulatedAgent, item: Item): Item {
  if (shows.type && shows.sensitivity) return item
  const { id, type, sensitivity } = item
  return {
    id,
    ...(shows.type && type !== undefined && { type }),
    ...(shows.sensitivity && sensitivity !== undefined && { sensitivity }),
  }
}

/** Shipping takes a while, goes in batches, and waits while a collector is down. */
function arrivalOf(
  { blueprint, key }: SimulatedAgent,
  atMs: number,
  active: readonly Change[],
  rng: Random,
): number {
  const { delayS, delaySigma, batchS } = blueprint.platform
  let arrivesMs = atMs + rng.logNormal(delayS, delaySigma) * 1000
  for (const { held, toMs } of active)
    if (held && atMs < toMs) arrivesMs = Math.max(arrivesMs, toMs + rng.exponential(240_000))
  if (batchS === 0) return Math.floor(arrivesMs)
  const phaseMs = key % (batchS * 1000)
  return Math.ceil((arrivesMs - phaseMs) / (batchS * 1000)) * batchS * 1000 + phaseMs
}
