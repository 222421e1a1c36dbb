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
import {
  type Bits,
  putBits,
  putCount,
  putNumber,
  takeBits,
  takeNumber,
  takeSize,
  takeText,
} from '../math/bits.ts'
import { doublesOf } from '../math/bytes.ts'
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
  areBlank,
  blankTallies,
  clearTallies,
  isBlank,
  keysInOrder,
  loadTallies,
  mergeTally,
  novelOf,
  type PlainTally,
  putAlike,
  putTally,
  type SavedTally,
  scaleTallies,
  sizeOf,
  type Tallies,
  takeAlike,
  takeTally,
  tallyFrom,
  totalOf,
  weightOf,
} from '../math/tally.ts'
import { type Before, blankBefore, putTexts, takeTexts } from '../math/texts.ts'
import type { Holder } from './baseline.ts'

/**
 * The facets of one baseline, as one holder knows them: a tally for each, then the rates, then others
 * that the baseline keeps besides.
 */
export interface Facets extends Tallies {
  readonly layout: Layout
  /** How well known things were when members took them up, by facet; of an agent it stays empty. */
  readonly uptake: Uptake
  /** Names of the first few keys met, by facet, for explanation alone. */
  readonly examples: readonly string[][]
}

/** Which tallies there are. */
export interface Layout {
  readonly sizesMax: readonly number[]
  /**
   * By facet, where an agent's things are counted by action: those met, and next to it those that were
   * new. 0 where one rate is kept for all.
   */
  readonly ratesAt: readonly number[]
  /** Where the tallies begin that the baseline keeps besides. */
  readonly othersAt: number
}

export interface FacetReading {
  /** Key of what was read; 0 where the event does not say. */
  key: number
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

/** A facet at rest. */
export interface SavedFacet {
  readonly tally: SavedTally | undefined
  readonly examples: readonly string[]
  /** Undefined where members took nothing up. */
  readonly uptake: Uptake | undefined
}

// As facets rested until they were written bit by bit.
export const plainTally = z.tuple([
  z.instanceof(Uint8Array),
  z.instanceof(Uint8Array),
  z.number(),
  z.number(),
])
export const plainFacet = z.tuple([
  plainTally,
  z.array(z.string()).max(EXAMPLES_MAX),
  // Since v2.
  z.array(z.instanceof(Uint8Array)).max(1).optional(),
  z.array(plainTally).max(2).optional(),
])
export type PlainFacet = readonly [
  tally: PlainTally,
  examples: readonly string[],
  uptake?: readonly Uint8Array[] | undefined,
  rates?: readonly PlainTally[] | undefined,
]

/** Most keys held: an agent's fit its 16 KB, a group's serve its members as prior. */
export interface FacetSizes {
  readonly agentMax: number
  readonly groupMax: number
  /** Whether an agent meets new things more with one action than another. @default false */
  readonly isByAction?: boolean
}

export function layoutOf(
  holder: Holder,
  facets: readonly FacetSizes[],
  others: readonly number[] = [],
): Layout {
  const sizesMax = facets.map(({ agentMax, groupMax }) =>
    holder === 'agent' ? agentMax : groupMax,
  )
  const ratesAt = facets.map(({ isByAction = false }) => {
    if (!isByAction || holder === 'group') return 0
    return sizesMax.push(RATES_MAX, RATES_MAX) - 2
  })
  return { sizesMax: [...sizesMax, ...others], ratesAt, othersAt: sizesMax.length }
}

export function blankFacets(layout: Layout): Facets {
  return facetsWith(layout, blankTallies(layout.sizesMax))
}

function facetsWith(layout: Layout, { cells, sizesMax }: Tallies): Facets {
  return {
    layout,
    cells,
    sizesMax,
    uptake: new Float64Array(layout.ratesAt.length * POPULARITIES),
    examples: layout.ratesAt.map(() => []),
  }
}

export function silentReading(): FacetReading {
  return {
    key: 0,
    nats: 0,
    isNew: false,
    newShare: 1,
    known: 0,
    examples: NO_EXAMPLES,
    tenantNats: 0,
    isKnownToPeers: true,
  }
}

/** A key of 0 says nothing and reads as nothing; `held` is its weight in `own`. */
export function readFacet(
  own: Facets,
  blueprint: Facets | undefined,
  tenant: Facets,
  at: number,
  key: number,
  held: number,
  action: number,
  gain: number,
  into: FacetReading,
): void {
  into.key = key
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
  into.known = sizeOf(own, at)
  into.examples = own.examples[at]!
  const total = totalOf(own, at)
  let unseen = newShare(total, novelOf(own, at), gain)
  into.newShare = unseen
  if (held > 0) {
    if (held < total * USUAL_SHARE) into.nats = knownNats(total, held, unseen)
    return
  }
  const met = own.layout.ratesAt[at]!
  if (met > 0) {
    const ofAction = weightOf(own, met, action)
    unseen = newShareGiven(unseen, ofAction, weightOf(own, met + 1, action), gain)
    into.newShare = unseen
  }
  into.isNew = true
  const inTenant = weightOf(tenant, at, key)
  const toTenant = peersNats(tenant.uptake, at * POPULARITIES, inTenant / gain, gain)
  if (inTenant === 0) into.tenantNats = toTenant
  let nats = unseen >= 1 ? 0 : -Math.log(unseen)
  if (blueprint === undefined || totalOf(blueprint, at) === 0) {
    into.isKnownToPeers = inTenant > 0
    nats += toTenant
  } else {
    const inBlueprint = weightOf(blueprint, at, key)
    into.isKnownToPeers = inBlueprint > 0
    nats += peersNats(blueprint.uptake, at * POPULARITIES, inBlueprint / gain, gain)
    if (!into.isKnownToPeers) nats += toTenant
  }
  into.nats = nats
}

/** Adds to a key of an agent's; answers whether it was not held before. */
export function learnFacet(
  facets: Facets,
  at: number,
  key: number,
  action: number,
  weight: number,
): boolean {
  const isNew = addTo(facets, at, key, weight)
  const met = facets.layout.ratesAt[at]!
  if (met > 0) {
    addTo(facets, met, action, weight)
    if (isNew) addTo(facets, met + 1, action, weight)
  }
  return isNew
}

/** Adds to a group's key what was new to a member. */
export function learnOfMember(
  group: Facets,
  at: number,
  key: number,
  weight: number,
  gain: number,
): void {
  const grade = at * POPULARITIES + popularityOf(weightOf(group, at, key) / gain)
  group.uptake[grade] = group.uptake[grade]! + weight
  addTo(group, at, key, weight)
}

export function keepExample({ examples }: Facets, at: number, name: string): void {
  if (examples[at]!.length < EXAMPLES_MAX) examples[at]!.push(clip(name, EXAMPLE_LENGTH_MAX))
}

/** A group's has taken something up, an agent's never has. */
function hasUptake({ uptake }: Facets, at: number): boolean {
  for (let grade = at * POPULARITIES; grade < (at + 1) * POPULARITIES; grade++) {
    if (uptake[grade]! > 0) return true
  }
  return false
}

/**
 * Takes `from` into `into`, both of agents or both of groups; how well known its things are, is a
 * question of what `into` knows.
 */
export function mergeFacets(into: Facets, from: Facets, gain: number): void {
  const { ratesAt, sizesMax } = from.layout
  for (let at = 0; at < sizesMax.length; at++) {
    if (isBlank(from, at)) continue // as most of a short share's are
    const keys = keysInOrder(from, at)
    if (at < ratesAt.length) {
      if (hasUptake(from, at)) mergeUptake(into, from, at, keys, gain)
      const names = from.examples[at]!
      if (names.length > 0) mergeExamples(into.examples[at]!, names)
    }
    mergeTally(into, from, at, keys)
  }
}

function mergeUptake(into: Facets, from: Facets, at: number, keys: Int32Array, gain: number): void {
  const size = sizeOf(from, at)
  for (let nth = 0; nth < size; nth++) {
    const members = weightOf(into, at, keys[nth]!) / gain
    const grade = at * POPULARITIES + popularityOf(members)
    into.uptake[grade] = into.uptake[grade]! + weightOf(from, at, keys[nth]!)
  }
}

function mergeExamples(into: string[], from: readonly string[]): void {
  for (const example of from) {
    if (into.length >= EXAMPLES_MAX) return
    if (!into.includes(example)) into.push(example)
  }
}

/** Makes them blank again. */
export function clearFacets(facets: Facets): void {
  if (areBlank(facets)) return
  clearTallies(facets)
  facets.uptake.fill(0)
  for (const names of facets.examples) if (names.length > 0) names.length = 0
}

export function scaleFacets(facets: Facets, factor: number): void {
  const { uptake } = facets
  scaleTallies(facets, factor)
  for (let grade = 0; grade < uptake.length; grade++) uptake[grade] = uptake[grade]! * factor
}

/** What was told of the facets before: what is alike is not told again. */
export interface Told {
  readonly names: Before
  readonly totals: number[]
}

export const nothingTold = (): Told => ({ names: blankBefore(), totals: [] })

/** Writes one facet, after others. */
export function putFacet(bits: Bits, facets: Facets, at: number, { names, totals }: Told): void {
  putTally(bits, facets, at, totals)
  putTexts(bits, facets.examples[at]!, names)
  const isTaken = hasUptake(facets, at)
  putBits(bits, isTaken ? 1 : 0, 1)
  for (let grade = 0; isTaken && grade < POPULARITIES; grade++) {
    putNumber(bits, facets.uptake[at * POPULARITIES + grade]!)
  }
}

function ratesPlaces({ ratesAt }: Layout): number[] {
  return ratesAt.filter((met) => met > 0).flatMap((met) => [met, met + 1])
}

/** Writes the rates of all facets: they are of the same actions. */
export function putRates(bits: Bits, facets: Facets, { totals }: Told): void {
  const ats = ratesPlaces(facets.layout)
  putCount(bits, ats.length)
  if (ats.length > 0) putAlike(bits, facets, ats, totals)
}

/** Reads what `putRates` wrote, in the order of the facets that have any. */
export function takeRates(bits: Bits, told: Told | undefined): (SavedTally | undefined)[] {
  const size = takeSize(bits, 1)
  return size === 0 ? [] : takeAlike(bits, size, told?.totals)
}

/** Reads what `putFacet` wrote; without `told` all in full, as it rested at first. */
export function takeFacet(bits: Bits, told: Told | undefined): SavedFacet {
  const tally = takeTally(bits, told?.totals)
  const examples =
    told === undefined
      ? Array.from({ length: takeSize(bits, 1) }, () => takeText(bits))
      : takeTexts(bits, told.names)
  const isTaken = takeBits(bits, 1) === 1
  const uptake = isTaken
    ? Float64Array.from({ length: POPULARITIES }, () => takeNumber(bits))
    : undefined
  return { tally, examples, uptake }
}

export function facetFrom([tally, examples, uptakes = []]: PlainFacet): SavedFacet {
  const [uptake] = uptakes
  const ofGroup = uptake === undefined ? undefined : doublesOf(uptake)
  return { tally: tallyFrom(tally), examples, uptake: ofGroup }
}

/** `rates` are those of the facets that have any, two each; `others` what the baseline keeps besides. */
export function loadFacets(
  saved: readonly SavedFacet[],
  layout: Layout,
  rates: readonly (SavedTally | undefined)[] = [],
  others: readonly (SavedTally | undefined)[] = [],
): Facets {
  const tallies: (SavedTally | undefined)[] = saved.map(({ tally }) => tally)
  others.forEach((tally, at) => {
    tallies[layout.othersAt + at] = tally
  })
  ratesPlaces(layout).forEach((at, nth) => {
    tallies[at] = rates[nth]
  })
  const facets = facetsWith(layout, loadTallies(tallies, layout.sizesMax))
  saved.forEach(({ examples, uptake }, at) => {
    facets.examples[at]!.push(...examples)
    if (uptake !== undefined) facets.uptake.set(uptake, at * POPULARITIES)
  })
  return facets
}
