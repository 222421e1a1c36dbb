/**
 * Trail: the new places that an agent took up in the last weeks, on how many days it was at each, and
 * whether it sent anything there.
 *
 * Short-term, as what else an agent is in the middle of. A place that is used becomes familiar within
 * days, and nothing about it is odd any more; that it was odd at first, and went on, is kept here.
 */
import {
  bitsIn,
  bitsWritten,
  putBits,
  putCount,
  putNumber,
  takeBits,
  takeCount,
  takeNumber,
  takeSize,
} from '../math/bits.ts'
import { KEY_WIDTH } from '../math/hash.ts'
import { DAY_MS, MINUTE_MS } from './context.ts'

export interface Place {
  readonly key: number
  /** How surprising it was when it was taken up, in nats. */
  readonly nats: number
  /** How far that event was trusted, so that what others add to the tenant's memory can be told. */
  readonly trust: number
  /** The minute it was taken up in. */
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

/** Nats and trust are kept in steps of a 256th. */
const STEPS = 256
const rounded = (value: number): number => Math.round(value * STEPS) / STEPS

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
    nats: rounded(nats),
    trust: rounded(trust),
    firstMs: Math.floor(atMs / MINUTE_MS) * MINUTE_MS,
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

/** At rest, written bit by bit. */
export function saveTrail(trail: readonly Place[]): Uint8Array<ArrayBuffer> {
  return bitsWritten((bits) => {
    putCount(bits, trail.length)
    for (const { key, nats, trust, firstMs, day, days, uses, isSent } of trail) {
      putBits(bits, key, KEY_WIDTH)
      putCount(bits, nats * STEPS)
      putCount(bits, trust * STEPS)
      putNumber(bits, firstMs / MINUTE_MS)
      putNumber(bits, day - Math.floor(firstMs / DAY_MS))
      putCount(bits, days)
      putCount(bits, uses)
      putBits(bits, isSent ? 1 : 0, 1)
    }
  })
}

/** Reads what `saveTrail` wrote. Throws MEMORY_INVALID. */
export function loadTrail(saved: Uint8Array): Place[] {
  const bits = bitsIn(saved)
  return Array.from({ length: Math.min(takeSize(bits, KEY_WIDTH), PLACES_MAX) }, () => {
    const key = takeBits(bits, KEY_WIDTH)
    const nats = takeCount(bits) / STEPS
    const trust = takeCount(bits) / STEPS
    const firstMs = takeNumber(bits) * MINUTE_MS
    const day = takeNumber(bits) + Math.floor(firstMs / DAY_MS)
    const days = takeCount(bits)
    const uses = takeCount(bits)
    return { key, nats, trust, firstMs, day, days, uses, isSent: takeBits(bits, 1) === 1 }
  })
}
