/**
 * Facet: one thing about events that can be familiar or new, as the baselines of categories share it.
 *
 * A tally of keys, with the names of a few for the reader; of a group also how well known things were
 * when its members took them up. Where new things come more with one action than with another, the
 * rate is kept by action. How surprising a key is, `math/novelty` says; a group learns a key only
 * from members to whom it is new.
 */
import { z } from 'zod'
import { clip } from '../event/text.ts'
import { bytesOf, doublesOf } from '../math/bytes.ts'
import {
  knownNats,
  newShare,
  newShareGiven,
  POPULARITIES,
  peersNats,
  popularityOf,
  type Uptake,
} from '../math/novelty.ts'
import {
  addTo,
  blankTally,
  clearTally,
  keysInOrder,
  loadTally,
  mergeTally,
  type SavedTally,
  saveTally,
  scaleTally,
  type Tally,
  weightOf,
} from '../math/tally.ts'
import type { Holder } from './baseline.ts'

export interface Facet {
  readonly tally: Tally
  /** How well known things were when members took them up; of an agent it stays empty. */
  readonly uptake: Uptake
  /** An agent's things by action, and those that were new; undefined where one rate is kept for all. */
  readonly rates: Rates | undefined
  /** Names of the first few keys met, for explanation alone. */
  readonly examples: string[]
}

export interface Rates {
  readonly met: Tally
  readonly novel: Tally
}

export interface FacetReading {
  /** How surprising, in nats; 0 where the event does not say. */
  nats: number
  /** Not met before, or forgotten. */
  isNew: boolean
  /** P(new) for this agent before the event. */
  newShare: number
  /** How many different ones the agent is known with. */
  known: number
  examples: readonly string[]
  /** How surprising it is in the tenant as a whole, in nats; 0 where the agent has met it. */
  tenantNats: number
  /** Whether its blueprint, or else its tenant, has met it. */
  isKnownToPeers: boolean
}

const EXAMPLES_MAX = 3
const EXAMPLE_LENGTH_MAX = 64
const NO_EXAMPLES: readonly string[] = []
/** Actions of an agent whose rate of new things is kept. */
const RATES_MAX = 24
/** A share of at least this, e⁻¹, is no surprise worth a logarithm. */
const USUAL_SHARE = Math.exp(-1)

export const savedTally = z.tuple([
  z.instanceof(Uint8Array),
  z.instanceof(Uint8Array),
  z.number(),
  z.number(),
])
export const savedFacet = z.tuple([
  savedTally,
  z.array(z.string()).max(EXAMPLES_MAX),
  // Since v2.
  z.array(z.instanceof(Uint8Array)).max(1).optional(),
  z.array(savedTally).max(2).optional(),
])
export type SavedFacet = readonly [
  tally: SavedTally,
  examples: readonly string[],
  uptake?: readonly Uint8Array[],
  rates?: readonly SavedTally[],
]

/** Most keys held: an agent's fit its 16 KB, a group's serve its members as prior. */
export interface FacetSizes {
  readonly agentMax: number
  readonly groupMax: number
  /** Whether an agent meets new things more with one action than another. @default false */
  readonly isByAction?: boolean
}

const sizeOf = (holder: Holder, { agentMax, groupMax }: FacetSizes): number =>
  holder === 'agent' ? agentMax : groupMax

export function blankFacet(holder: Holder, sizes: FacetSizes): Facet {
  return {
    tally: blankTally(sizeOf(holder, sizes)),
    uptake: new Float64Array(POPULARITIES),
    rates:
      sizes.isByAction && holder === 'agent'
        ? { met: blankTally(RATES_MAX), novel: blankTally(RATES_MAX) }
        : undefined,
    examples: [],
  }
}

export function silentReading(): FacetReading {
  return {
    nats: 0,
    isNew: false,
    newShare: 1,
    known: 0,
    examples: NO_EXAMPLES,
    tenantNats: 0,
    isKnownToPeers: true,
  }
}

/** A key of 0 says nothing and reads as nothing. */
export function readFacet(
  own: Facet,
  blueprint: Facet | undefined,
  tenant: Facet,
  key: number,
  action: number,
  gain: number,
  into: FacetReading,
): void {
  into.nats = 0
  into.isNew = false
  into.tenantNats = 0
  into.isKnownToPeers = true
  if (key === 0) {
    into.newShare = 1
    into.known = 0
    into.examples = NO_EXAMPLES
    return
  }
  const { tally } = own
  into.known = tally.size
  into.examples = own.examples
  const held = weightOf(tally, key)
  let unseen = newShare(tally, gain)
  into.newShare = unseen
  if (held > 0) {
    if (held < tally.total * USUAL_SHARE) into.nats = knownNats(tally, held, unseen)
    return
  }
  if (own.rates !== undefined) {
    const { met, novel } = own.rates
    unseen = newShareGiven(unseen, weightOf(met, action), weightOf(novel, action), gain)
    into.newShare = unseen
  }
  into.isNew = true
  const toTenant = peersNats(tenant, key, gain)
  if (weightOf(tenant.tally, key) === 0) into.tenantNats = toTenant
  let nats = unseen >= 1 ? 0 : -Math.log(unseen)
  if (blueprint === undefined || blueprint.tally.total === 0) {
    into.isKnownToPeers = weightOf(tenant.tally, key) > 0
    nats += toTenant
  } else {
    into.isKnownToPeers = weightOf(blueprint.tally, key) > 0
    nats += peersNats(blueprint, key, gain)
    if (!into.isKnownToPeers) nats += toTenant
  }
  into.nats = nats
}

/** Adds to a key of an agent's; answers whether it was not held before. */
export function learnFacet(facet: Facet, key: number, action: number, weight: number): boolean {
  const isNew = addTo(facet.tally, key, weight)
  if (facet.rates !== undefined) learnRate(facet.rates, isNew, action, weight)
  return isNew
}

function learnRate({ met, novel }: Rates, isNew: boolean, action: number, weight: number): void {
  addTo(met, action, weight)
  if (isNew) addTo(novel, action, weight)
}

/** Adds to a group's key what was new to a member. */
export function learnOfMember(facet: Facet, key: number, weight: number, gain: number): void {
  const grade = popularityOf(weightOf(facet.tally, key) / gain)
  facet.uptake[grade] = facet.uptake[grade]! + weight
  addTo(facet.tally, key, weight)
}

export function keepExample({ examples }: Facet, name: string): void {
  if (examples.length < EXAMPLES_MAX) examples.push(clip(name, EXAMPLE_LENGTH_MAX))
}

/** A group's has taken something up, an agent's never has. */
function hasUptake({ uptake }: Facet): boolean {
  for (let at = 0; at < POPULARITIES; at++) if (uptake[at]! > 0) return true
  return false
}

/** Takes `from` into `into`; how well known its things are, is a question of what `into` knows. */
export function mergeFacet(into: Facet, from: Facet, gain: number): void {
  if (from.tally.size === 0 && from.tally.total === 0) return // as most of a short share's do
  if (from.tally.size > 0 && hasUptake(from)) {
    const keys = keysInOrder(from.tally)
    for (let at = 0; at < from.tally.size; at++) {
      const grade = popularityOf(weightOf(into.tally, keys[at]!) / gain)
      into.uptake[grade] = into.uptake[grade]! + weightOf(from.tally, keys[at]!)
    }
  }
  mergeTally(into.tally, from.tally)
  if (into.rates !== undefined && from.rates !== undefined) {
    mergeTally(into.rates.met, from.rates.met)
    mergeTally(into.rates.novel, from.rates.novel)
  }
  for (const example of from.examples) {
    if (into.examples.length >= EXAMPLES_MAX) return
    if (!into.examples.includes(example)) into.examples.push(example)
  }
}

/** Makes it blank again. */
export function clearFacet({ tally, uptake, rates, examples }: Facet): void {
  if (tally.size === 0) return
  clearTally(tally)
  uptake.fill(0)
  examples.length = 0
  if (rates === undefined) return
  clearTally(rates.met)
  clearTally(rates.novel)
}

export function scaleFacet({ tally, uptake, rates }: Facet, factor: number): void {
  scaleTally(tally, factor)
  for (let at = 0; at < POPULARITIES; at++) uptake[at] = uptake[at]! * factor
  if (rates === undefined) return
  scaleTally(rates.met, factor)
  scaleTally(rates.novel, factor)
}

export function saveFacet({ tally, uptake, rates, examples }: Facet): SavedFacet {
  return [
    saveTally(tally),
    [...examples],
    uptake.some((weight) => weight > 0) ? [bytesOf(uptake)] : [],
    rates === undefined ? [] : [saveTally(rates.met), saveTally(rates.novel)],
  ]
}

export function loadFacet(
  [tally, examples, uptakes = [], tallies = []]: SavedFacet,
  holder: Holder,
  sizes: FacetSizes,
): Facet {
  const [uptake] = uptakes
  const [met, novel] = tallies
  const blank = blankFacet(holder, sizes)
  if (uptake !== undefined) blank.uptake.set(doublesOf(uptake))
  const rates =
    blank.rates === undefined || met === undefined || novel === undefined
      ? blank.rates
      : {
          met: loadTally(met, RATES_MAX),
          novel: loadTally(novel, RATES_MAX),
        }
  return {
    ...blank,
    tally: loadTally(tally, sizeOf(holder, sizes)),
    rates,
    examples: [...examples],
  }
}
