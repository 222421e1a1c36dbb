/**
 * Trail: the new places that an agent took up in the last weeks, on how many days it was at each, and
 * whether it sent anything there.
 *
 * Short-term, as what else an agent is in the middle of. A place that is used becomes familiar within
 * days, and nothing about it is odd any more; that it was odd at first, and went on, is kept here.
 */
import { z } from 'zod'
import { DAY_MS } from './context.ts'

export interface Place {
  readonly key: number
  /** How surprising it was when it was taken up, in nats. */
  readonly nats: number
  /** How far that event was trusted, so that what others add to the tenant's memory can be told. */
  readonly trust: number
  readonly firstMs: number
  /** The latest UTC day it was used on, and on how many days it was. */
  day: number
  days: number
  /** How often it was used. */
  uses: number
  /** Whether anything was sent there. */
  isSent: boolean
}

/** Places followed at once: the most surprising ones. */
const PLACES_MAX = 8
/** A place is followed for so long: what three weeks later is still there is reckoned to be wanted. */
const FOLLOWED_MS = 21 * DAY_MS

/** Follows a place from its first use on. */
export function takeUp(
  trail: Place[],
  key: number,
  nats: number,
  trust: number,
  atMs: number,
  isSent: boolean,
): void {
  if (trail.some((place) => place.key === key)) return
  trail.push({
    key,
    nats,
    trust,
    firstMs: atMs,
    day: Math.floor(atMs / DAY_MS),
    days: 1,
    uses: 1,
    isSent,
  })
  if (trail.length <= PLACES_MAX) return
  let least = 0
  for (let at = 1; at < trail.length; at++) if (trail[at]!.nats < trail[least]!.nats) least = at
  trail.splice(least, 1)
}

/** The place with this key, where it is followed; counts the use and the day. What has been followed for long is let go. */
export function backAt(trail: Place[], key: number, atMs: number): Place | undefined {
  for (let at = trail.length - 1; at >= 0; at--) {
    const place = trail[at]!
    if (atMs - place.firstMs > FOLLOWED_MS) trail.splice(at, 1)
    else if (place.key === key) {
      const day = Math.floor(atMs / DAY_MS)
      place.uses++
      if (day > place.day) {
        place.day = day
        place.days++
      }
      return place
    }
  }
  return undefined
}

const number = z.number()
export const savedTrail = z
  .array(z.tuple([number, number, number, number, number, number, number, z.boolean()]))
  .max(PLACES_MAX)
type SavedTrail = z.infer<typeof savedTrail>

export function saveTrail(trail: readonly Place[]): SavedTrail {
  return trail.map(({ key, nats, trust, firstMs, day, days, uses, isSent }) => [
    key,
    nats,
    trust,
    firstMs,
    day,
    days,
    uses,
    isSent,
  ])
}

/** Reads what `saveTrail` wrote; the caller has checked it against `savedTrail`. */
export function loadTrail(saved: SavedTrail): Place[] {
  return saved.map(([key, nats, trust, firstMs, day, days, uses, isSent]) => ({
    key,
    nats,
    trust,
    firstMs,
    day,
    days,
    uses,
    isSent,
  }))
}
