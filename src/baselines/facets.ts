/** How a baseline of categories is made: a few facets of the event, each a tally with its peers'. */
import { z } from 'zod'
import type { Event } from '../event/event.ts'
import type { EventKeys } from '../event/keys.ts'
import type { Baseline, Holder, Moment } from './baseline.ts'
import {
  blankFacet,
  type Facet,
  type FacetReading,
  keepExample,
  learnFacet,
  loadFacet,
  mergeFacet,
  readFacet,
  type SavedFacet,
  savedFacet,
  saveFacet,
  scaleFacet,
} from './facet.ts'

export interface FacetSpec {
  /** Most keys an agent's memory holds, by what an agent usually has of them. */
  readonly agentMax: number
  /** Most keys a group's memory holds. */
  readonly groupMax: number
  /** The event's key; 0 where it does not say. */
  readonly key: (keys: EventKeys) => number
  readonly name: (event: Event) => string | undefined
}

export type Facets<Name extends string> = Readonly<Record<Name, Facet>>
export type FacetReadings<Name extends string> = Readonly<Record<Name, FacetReading>>

export function facetsBaseline<Name extends string>(
  name: string,
  specs: Readonly<Record<Name, FacetSpec>>,
): Baseline<Facets<Name>, FacetReadings<Name>> {
  const names = Object.keys(specs) as Name[]

  function each<Value>(value: (facet: Name) => Value): Record<Name, Value> {
    const made = {} as Record<Name, Value>
    for (const facet of names) made[facet] = value(facet)
    return made
  }

  const sizeMax = (facet: Name, holder: Holder): number =>
    holder === 'agent' ? specs[facet].agentMax : specs[facet].groupMax

  return {
    name,
    version: 1,
    schema: z.array(savedFacet).length(names.length),
    blank: (holder) =>
      each((facet) => blankFacet(holder, specs[facet].agentMax, specs[facet].groupMax)),

    read(own, kin, { keys, gain }: Moment) {
      return each((facet) => {
        const of = { blueprint: kin.blueprint?.[facet], tenant: kin.tenant[facet] }
        return readFacet(own[facet], of, specs[facet].key(keys), gain)
      })
    },

    learn(own, groups, { event, keys, gain }, trust) {
      for (const facet of names) {
        const key = specs[facet].key(keys)
        const weight = gain * trust
        if (key === 0 || !learnFacet(own[facet], key, weight)) continue
        const name = specs[facet].name(event)
        if (name !== undefined) keepExample(own[facet], name)
        for (const group of groups) learnFacet(group[facet], key, weight)
      }
    },

    merge(into, from) {
      for (const facet of names) mergeFacet(into[facet], from[facet])
    },
    scale(memory, factor) {
      for (const facet of names) scaleFacet(memory[facet], factor)
    },
    save: (memory) => names.map((facet) => saveFacet(memory[facet])),
    load(saved, holder) {
      const facets = saved as SavedFacet[]
      return each((facet) => loadFacet(facets[names.indexOf(facet)]!, sizeMax(facet, holder)))
    },
  }
}
