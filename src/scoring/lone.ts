/** Lone: whether an event goes back to a place that its agent took up of late and nobody else uses. */
import { DAY_MS } from '../agent/context.ts'
import { backAt, type Place, takeUp } from '../agent/trail.ts'
import type { Moment } from '../baselines/baseline.ts'
import type { Facets } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import { type Lone, NOT_LONE } from '../detectors/detector.ts'
import { isEgress } from '../event/verbs.ts'
import { fade, HALF_LIFE_MS } from '../math/decay.ts'
import { weightOf } from '../math/tally.ts'

/** Below this, in nats, a new place is not followed: one in twenty is as new. */
const TAKEN_UP_NATS = 3
/** In its first days an agent takes up everything it will use. */
const SETTLING_MS = 7 * DAY_MS
/** Others use it where their weight in the tenant's memory comes to this: one event of middling trust. */
const OTHERS_WEIGHT = 0.3
/** How many times as surprising as by its share of all the agent touches a place may be at most. */
const SELDOM = 1.5
/** A place used more often on its days is where the agent works, and nothing leaves it in drips. */
const USES_A_DAY = 4

/** Places of two facets in the memory of resources. */
const RESOURCE = 0
const CONTAINER = 1

/** Follows the place of an event where it is a new one. */
export function followPlace(
  trail: Place[],
  { event, keys }: Moment,
  { resource, container }: Readings['resources'],
  ageMs: number,
  trust: number,
): void {
  const news = container.nats >= resource.nats ? container : resource
  if (!news.isNew || news.nats < TAKEN_UP_NATS || ageMs < SETTLING_MS) return
  const isSent = isEgress(keys.action, event.action)
  takeUp(trail, news.key, news.nats, trust, event.atMs, isSent)
}

/** What an agent with a trail is back at; `tenant` is what all its agents know of resources. */
export function loneIn(
  trail: Place[],
  moment: Moment,
  { resource, container }: Readings['resources'],
  tenant: Facets | undefined,
): Lone {
  const { event, keys, gain } = moment
  const inContainer = backAt(trail, keys.container, event.atMs)
  const place = inContainer ?? backAt(trail, keys.resource, event.atMs)
  if (place === undefined) return NOT_LONE
  if (!place.isSent && isEgress(keys.action, event.action)) place.isSent = true
  if (!place.isSent || place.days < 2) return NOT_LONE
  const facet = inContainer === undefined ? RESOURCE : CONTAINER
  const known = tenant === undefined ? 0 : weightOf(tenant, facet, place.key) / gain
  const own = place.trust * fade(event.atMs - place.firstMs, HALF_LIFE_MS)
  // Where not even its own use is known yet, others' need not be.
  if (known < own / 2 || known - own > OTHERS_WEIGHT) return NOT_LONE
  const { nats } = inContainer === undefined ? resource : container
  const { days, uses, firstMs } = place
  const seldom = Math.min(place.nats, SELDOM * nats) * Math.min(1, (USES_A_DAY * days) / uses)
  return { nats: seldom * (2 - 2 / days), days, firstMs }
}
