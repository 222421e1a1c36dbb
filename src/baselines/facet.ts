/**
 * Facet: one thing about events that can be familiar or new, as the baselines of categories share it.
 *
 * A tally of keys, with the names of a few for the reader. How surprising a key is, `math/novelty`
 * says; a group learns a key only from members to whom it is new.
 */
import { z } from 'zod'
import { clip } from '../event/text.ts'
import { newNats, newShare, noveltyOf } from '../math/novelty.ts'
import {
  addTo,
  blankTally,
  loadTally,
  mergeTally,
  type SavedTally,
  saveTally,
  scaleTally,
  type Tally,
  weightOf,
} from '../math/tally.ts'
import type { Holder, Kin } from './baseline.ts'

export interface Facet {
  readonly tally: Tally
  /** Names of the first few keys met, for explanation alone. */
  readonly examples: string[]
}

export interface FacetReading {
  /** How surprising, in nats; 0 where the event does not say. */
  readonly nats: number
  /** Not met before, or forgotten. */
  readonly isNew: boolean
  /** P(new) for this agent before the event. */
  readonly newShare: number
  /** How many different ones the agent is known with. */
  readonly known: number
  readonly examples: readonly string[]
  /** How surprising it is in the tenant as a whole, in nats; 0 where the agent has met it. */
  readonly tenantNats: number
  /** Whether its blueprint, or else its tenant, has met it. */
  readonly isKnownToPeers: boolean
}

const EXAMPLES_MAX = 3
const EXAMPLE_LENGTH_MAX = 64

export const savedFacet = z.tuple([
  z.tuple([z.instanceof(Uint8Array), z.instanceof(Uint8Array), z.number(), z.number()]),
  z.array(z.string()).max(EXAMPLES_MAX),
])
export type SavedFacet = readonly [SavedTally, readonly string[]]

/** Keys held: an agent's fit its 16 KB, a group's serve its members as prior. */
export function blankFacet(holder: Holder, agentMax: number, groupMax: number): Facet {
  return { tally: blankTally(holder === 'agent' ? agentMax : groupMax), examples: [] }
}

const SILENT: FacetReading = {
  nats: 0,
  isNew: false,
  newShare: 1,
  known: 0,
  examples: [],
  tenantNats: 0,
  isKnownToPeers: true,
}

/** A key of 0 says nothing and reads as nothing. */
export function readFacet(own: Facet, kin: Kin<Facet>, key: number, gain: number): FacetReading {
  if (key === 0) return SILENT
  const peers = (kin.blueprint ?? kin.tenant).tally
  const isNew = weightOf(own.tally, key) === 0
  return {
    nats: noveltyOf(own.tally, kin.blueprint?.tally, kin.tenant.tally, key, gain),
    isNew,
    tenantNats:
      isNew && weightOf(kin.tenant.tally, key) === 0 ? newNats(kin.tenant.tally, gain) : 0,
    newShare: newShare(own.tally, gain),
    known: own.tally.size,
    examples: own.examples,
    isKnownToPeers: weightOf(peers, key) > 0,
  }
}

/** Adds to a key; answers whether it was not held before. */
export function learnFacet({ tally }: Facet, key: number, weight: number): boolean {
  return addTo(tally, key, weight)
}

export function keepExample({ examples }: Facet, name: string): void {
  if (examples.length < EXAMPLES_MAX) examples.push(clip(name, EXAMPLE_LENGTH_MAX))
}

export function mergeFacet(into: Facet, from: Facet): void {
  mergeTally(into.tally, from.tally)
  for (const example of from.examples) {
    if (into.examples.length >= EXAMPLES_MAX) return
    if (!into.examples.includes(example)) into.examples.push(example)
  }
}

export function scaleFacet({ tally }: Facet, factor: number): void {
  scaleTally(tally, factor)
}

export function saveFacet({ tally, examples }: Facet): SavedFacet {
  return [saveTally(tally), [...examples]]
}

export function loadFacet([tally, examples]: SavedFacet, sizeMax: number): Facet {
  return { tally: loadTally(tally, sizeMax), examples: [...examples] }
}
