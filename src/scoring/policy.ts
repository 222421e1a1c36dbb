/** Policy: how far an event is learned from, and how far a young tenant is judged. No thresholds. */
import { DAY_MS } from '../agent/context.ts'
import type { Aspect } from '../detectors/detector.ts'
import { fade } from '../math/decay.ts'

/** At this p or above an event is learned in full. */
const TRUSTED_P = 1e-3
/** The least an event is learned: what goes on becomes normal, but not at an attacker's pace. */
const TRUST_MIN = 0.05

/** Weight in [0.05, 1] with which an event of this p is learned. */
export function trustIn(p: number): number {
  return p >= TRUSTED_P ? 1 : Math.max(Math.sqrt(p / TRUSTED_P), TRUST_MIN)
}

/** At this share of days or above a day is learned in full; below, as far as it is believed honest. */
const TRUSTED_DAY = 1e-2
const DAY_TRUST_MIN = 0.03

/** Weight in [0.03, 1] with which calibration learns a day whose strangest verdict had this tail. */
export function dayTrustIn(dayTail: number): number {
  return dayTail >= TRUSTED_DAY ? 1 : Math.max(dayTail / TRUSTED_DAY, DAY_TRUST_MIN)
}

/** After this time with a tenant half of what is found strange is believed. */
const MATURING_MS = 3 * DAY_MS
/** After this many events of an agent half of what its detectors answer is learned by calibration. */
const MATURING_EVENTS = 30

/** How far a tenant known for this long can be judged, in [0, 1): at first everything is strange. */
export function maturityOf(ageMs: number): number {
  return 1 - fade(ageMs, MATURING_MS)
}

/** How far calibration learns from an agent with so many events: what is new to it is no surprise. */
export function experienceOf(events: number): number {
  return events / (events + MATURING_EVENTS)
}

/** After this time nothing of either is left that would count. */
const SETTLED_MS = 14 * DAY_MS
/** How much more than in full the findings of a new-born agent count. */
const NEWBORN_WEIGHT = 1
/** After this time half of that is gone. */
const NEWBORN_HALF_LIFE_MS = DAY_MS

/**
 * How much the findings of an agent count that has been known for so long, in [1, 2]: what is set up to
 * do harm does it soon, and no past of its own speaks for it. One that was there when its tenant came
 * to be known, or within a day, is no newcomer: `tenantMs` is how long the tenant had been known by then.
 */
export function attentionTo(ageMs: number, tenantMs: number): number {
  if (ageMs > SETTLED_MS || tenantMs < DAY_MS) return 1
  const isBorn = maturityOf(tenantMs)
  return 1 + NEWBORN_WEIGHT * isBorn * fade(Math.max(0, ageMs), NEWBORN_HALF_LIFE_MS)
}

/** What a new version or model of an agent brings with it: other tools, other ways, other sizes. */
export const ofRelease: ReadonlySet<Aspect> = new Set([
  'place',
  'deed',
  'use',
  'course',
  'call',
  'purpose',
  'unheard deed',
  'unheard step',
  'unheard place',
])
/** Of what a new release brings, so much of the surprise is excused on the spot. */
const RELEASE_EXCUSE = 0.5
/** After this time half of the excuse is gone: what a release brings shows within days. */
const RELEASE_HALF_LIFE_MS = DAY_MS

/**
 * How far new ways of working surprise in an agent whose release has been running for so long, in
 * [0.5, 1]. Never less: an attacker who may name a version is not excused altogether.
 */
export function settledIn(releaseAgeMs: number): number {
  if (releaseAgeMs > SETTLED_MS) return 1
  return 1 - RELEASE_EXCUSE * fade(Math.max(0, releaseAgeMs), RELEASE_HALF_LIFE_MS)
}
