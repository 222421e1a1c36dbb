/** How a baseline of categories is made: a few facets of the event, each a tally with its peers'. */
import { z } from 'zod'
import type { Event } from '../event/event.ts'
import type { EventKeys } from '../event/keys.ts'
import type { Baseline, Moment } from './baseline.ts'
import {
  blankFacet,
  clearFacet,
  type Facet,
  type FacetReading,
  type FacetSizes,
  keepExample,
  learnFacet,
  learnOfMember,
  loadFacet,
  mergeFacet,
  readFacet,
  type SavedFacet,
  savedFacet,
  saveFacet,
  scaleFacet,
  silentReading,
} from './facet.ts'

export interface FacetSpec extends FacetSizes {
  /** The event's key; 0 where it does not say. */
  readonly key: (keys: EventKeys, moment: Moment) => number
  readonly name: (event: Event) => string | undefined
}

export type Facets<Name extends string> = Readonly<Record<Name, Facet>>
export type FacetReadings<Name extends string> = Readonly<Record<Name, FacetReading>>

export function facetsBaseline<Name extends string>(
  name: string,
  version: number,
  specs: Readonly<Record<Name, FacetSpec>>,
): Baseline<Facets<Name>, FacetReadings<Name>> {
  const names = Object.keys(specs) as Name[]

  function each<Value>(value: (facet: Name, at: number) => Value): Record<Name, Value> {
    const made = {} as Record<Name, Value>
    names.forEach((facet, at) => {
      made[facet] = value(facet, at)
    })
    return made
  }

  const blankReading = () => each(silentReading)

  return {
    name,
    version,
    schema: z.array(savedFacet).length(names.length),
    blank: (holder) => each((facet) => blankFacet(holder, specs[facet])),
    blankReading,

    read(own, { blueprint, tenant }, moment, into = blankReading()) {
      const { keys, gain } = moment
      for (const facet of names) {
        const key = specs[facet].key(keys, moment)
        const peers = blueprint?.[facet]
        readFacet(own[facet], peers, tenant[facet], key, keys.action, gain, into[facet])
      }
      return into
    },

    learn(own, groups, moment, trust) {
      const { event, keys, gain } = moment
      const weight = gain * trust
      for (const facet of names) {
        const key = specs[facet].key(keys, moment)
        if (key === 0 || !learnFacet(own[facet], key, keys.action, weight)) continue
        const text = specs[facet].name(event)
        if (text !== undefined) keepExample(own[facet], text)
        for (const group of groups) learnOfMember(group[facet], key, weight, gain)
      }
    },

    merge(into, from, gain = 1) {
      for (const facet of names) mergeFacet(into[facet], from[facet], gain)
    },
    clear(memory) {
      for (const facet of names) clearFacet(memory[facet])
    },
    scale(memory, factor) {
      for (const facet of names) scaleFacet(memory[facet], factor)
    },
    save: (memory) => names.map((facet) => saveFacet(memory[facet])),
    load(saved, holder) {
      const facets = saved as SavedFacet[]
      return each((facet, at) => loadFacet(facets[at]!, holder, specs[facet]))
    },
  }
}
