/** How a baseline of categories is made: a few facets of the event, each a tally with its peers'. */
import { z } from 'zod'
import type { Event } from '../event/event.ts'
import type { EventKeys } from '../event/keys.ts'
import { bitsIn, bitsWritten, putCount, takeSize } from '../math/bits.ts'
import { type PlainTally, putTally, takeTally, tallyFrom, weightOf } from '../math/tally.ts'
import type { Baseline, Holder, Moment } from './baseline.ts'
import {
  blankFacets,
  clearFacets,
  type FacetReading,
  type FacetSizes,
  type Facets,
  facetFrom,
  keepExample,
  layoutOf,
  learnFacet,
  learnOfMember,
  loadFacets,
  mergeFacets,
  nothingTold,
  type PlainFacet,
  plainFacet,
  putFacet,
  putRates,
  readFacet,
  scaleFacets,
  silentReading,
  takeFacet,
  takeRates,
} from './facet.ts'

/** Stands before the number of facets since what is alike is told once; there never are 0. */
const ONCE = 0

export interface FacetSpec extends FacetSizes {
  /** The event's key; 0 where it does not say. */
  readonly key: (keys: EventKeys, moment: Moment) => number
  readonly name: (event: Event) => string | undefined
}

export type FacetReadings<Name extends string> = Readonly<Record<Name, FacetReading>> & {
  /** The same in the order of the facets, for what goes through all. */
  readonly inOrder: readonly FacetReading[]
}

/** `others` are the sizes of tallies kept besides, which whoever asks for them reads and learns. */
export function facetsBaseline<Name extends string>(
  name: string,
  version: number,
  specs: Readonly<Record<Name, FacetSpec>>,
  others: Readonly<Record<Holder, readonly number[]>> = { agent: [], group: [] },
): Baseline<Facets, FacetReadings<Name>> {
  const names = Object.keys(specs) as Name[]
  const facets: readonly FacetSpec[] = names.map((facet) => specs[facet])
  const layouts = {
    agent: layoutOf('agent', facets, others.agent),
    group: layoutOf('group', facets, others.group),
  }

  // Written over event by event.
  const keysFound = new Int32Array(facets.length)
  const held = new Float64Array(facets.length)

  function blankReading(): FacetReadings<Name> {
    const inOrder = facets.map(silentReading)
    const named = names.map((facet, at): [Name, FacetReading] => [facet, inOrder[at]!])
    return { ...(Object.fromEntries(named) as Record<Name, FacetReading>), inOrder }
  }

  return {
    name,
    version,
    // Until they were written bit by bit they were plain.
    schema: z.union([z.instanceof(Uint8Array), z.array(plainFacet).min(1).max(names.length)]),
    blank: (holder) => blankFacets(layouts[holder]),
    blankReading,

    read(own, { blueprint, tenant }, moment, into = blankReading()) {
      const { keys, gain } = moment
      // All are looked up before any is judged, so that memory is fetched for several at a time.
      for (let at = 0; at < facets.length; at++) {
        const key = facets[at]!.key(keys, moment)
        keysFound[at] = key
        held[at] = key === 0 ? 0 : weightOf(own, at, key)
      }
      for (let at = 0; at < facets.length; at++) {
        const reading = into.inOrder[at]!
        const key = keysFound[at]!
        readFacet(own, blueprint, tenant, at, key, held[at]!, keys.action, gain, reading)
      }
      return into
    },

    learn(own, groups, { event, keys, gain }, trust, { inOrder }) {
      const weight = gain * trust
      for (let at = 0; at < facets.length; at++) {
        const { key } = inOrder[at]!
        if (key === 0 || !learnFacet(own, at, key, keys.action, weight)) continue
        const text = facets[at]!.name(event)
        if (text !== undefined) keepExample(own, at, text)
        for (const group of groups) learnOfMember(group, at, key, weight, gain)
      }
    },

    merge: (into, from, gain = 1) => mergeFacets(into, from, gain),
    clear: clearFacets,
    scale: scaleFacets,
    save: (memory) =>
      bitsWritten((bits) => {
        putCount(bits, ONCE)
        putCount(bits, facets.length)
        const told = nothingTold()
        for (let at = 0; at < facets.length; at++) putFacet(bits, memory, at, told)
        putRates(bits, memory, told)
        const { othersAt, sizesMax } = memory.layout
        putCount(bits, sizesMax.length - othersAt)
        for (let at = othersAt; at < sizesMax.length; at++) putTally(bits, memory, at, told.totals)
      }),
    // Until facets were added memories held fewer of them.
    load(saved, holder) {
      if (!(saved instanceof Uint8Array)) {
        const all = saved as (PlainFacet | PlainTally)[]
        const plain = all.slice(0, facets.length) as PlainFacet[]
        const besides = all.slice(facets.length) as PlainTally[]
        const rates = plain.flatMap(([, , , its = []]) => its.map(tallyFrom))
        const read = plain.map(facetFrom)
        return loadFacets(read, layouts[holder], rates, besides.map(tallyFrom))
      }
      const bits = bitsIn(saved)
      const first = takeSize(bits, 1)
      const told = first === ONCE ? nothingTold() : undefined
      const size = told === undefined ? first : takeSize(bits, 1)
      const held = Array.from({ length: size }, () => takeFacet(bits, told))
      const rates = takeRates(bits, told)
      const length = told === undefined ? others[holder].length : takeSize(bits, 1)
      const besides = Array.from({ length }, () => takeTally(bits, told?.totals))
      return loadFacets(held, layouts[holder], rates, besides)
    },
  }
}
