/**
 * Shared: whether agents of other kinds took up the place that is new to an agent, within two days.
 *
 * What a roll-out, a project or a partner brings, it brings to one blueprint, and with no change of
 * version to tell it by. What agents of several kinds take up at once, a poisoned tool, memory or message
 * has brought. Kept of a tenant as tools are of a blueprint, and known from one epoch to the next.
 */
import { DAY_MS } from '../agent/context.ts'
import type { Place } from '../agent/trail.ts'
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import { NOT_SHARED, type Shared } from '../detectors/detector.ts'
import type { EventKeys } from '../event/keys.ts'
import { keyOf, pairKey } from '../math/hash.ts'
import { noteTool, type Tools } from './tools.ts'

/** Below this, in nats, a new place is not counted: one event in a hundred is as new. */
const ODD_NATS = 4.6
/** In its first days an agent takes up everything it will use. */
const SETTLING_MS = 7 * DAY_MS
/** Other kinds that must have taken it up: one may be in the middle of a roll-out, two meet by chance. */
const KINDS_MIN = 3
/** Kinds are told apart by as many slots: that two share one is seldom, and they count as one then. */
const SLOTS = 32

/** The place of an event where it is new enough to its agent to be counted. */
function newsIn({ container, resource }: Readings['resources']): FacetReading | undefined {
  if (!container.isNew && !resource.isNew) return undefined
  const news = container.nats >= resource.nats ? container : resource
  return news.isNew && news.nats >= ODD_NATS ? news : undefined
}

/** Counts, with the tenant, that an agent of a blueprint and of `ageMs` took a place up. */
export function noteShared(
  tenant: Tools,
  blueprint: string,
  resources: Readings['resources'],
  atMs: number,
  ageMs: number,
): void {
  const news = newsIn(resources)
  if (news === undefined || ageMs < SETTLING_MS) return
  noteTool(tenant, takenKey(news.key, atMs, slotOf(blueprint)), atMs)
}

/** What an event's place, if it is new to the agent or taken up by it of late, is to other kinds. */
export function sharedIn(
  trail: readonly Place[],
  { container, resource }: Pick<EventKeys, 'container' | 'resource'>,
  resources: Readings['resources'],
  tenant: Tools,
  blueprint: string,
  atMs: number,
): Shared {
  const place =
    newsIn(resources) ??
    trail.find(
      ({ key, nats, firstMs }) =>
        (key === container || key === resource) && nats >= ODD_NATS && atMs - firstMs < DAY_MS,
    )
  if (place === undefined) return NOT_SHARED
  const kinds = othersAt(tenant, place.key, atMs, slotOf(blueprint))
  if (kinds < KINDS_MIN) return NOT_SHARED
  return { nats: place.nats * (2 - 2 / kinds), kinds }
}

/** How many kinds but that of `own` took a place up today or the day before. */
function othersAt(tenant: Tools, place: number, atMs: number, own: number): number {
  let kinds = 0
  for (let slot = 0; slot < SLOTS; slot++) {
    if (slot === own) continue
    const isTaken =
      tenant.has(takenKey(place, atMs, slot)) || tenant.has(takenKey(place, atMs - DAY_MS, slot))
    if (isTaken) kinds++
  }
  return kinds
}

function slotOf(blueprint: string): number {
  return keyOf(blueprint) % SLOTS
}

/** A place, on the day of a moment, by the kinds of a slot. */
function takenKey(place: number, atMs: number, slot: number): number {
  return pairKey(place, Math.floor(atMs / DAY_MS) * SLOTS + slot)
}
