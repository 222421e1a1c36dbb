/**
 * Supposition: what might have been otherwise about an event, to learn what its alert hung on.
 *
 * A detector names what it would take for its finding to fall away; the event is then judged anew
 * under it, with everything else as it was. See alert/counterfactual.
 */
import type { measures } from '../agent/context.ts'
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Standing } from './detector.ts'

/** What is counted, and so could have been less: a running total, a session's calls, a silence. */
export type Counted = (typeof measures)[number] | 'calls' | 'silent hours'

export type Supposition =
  /** Less of what was counted: in the call, and in every window and session that it is part of. */
  | {
      readonly kind: 'less'
      readonly of: Counted
      readonly seen: number
      /** What is less by the same share, where it takes that too: fewer records are fewer bytes. */
      readonly alongside?: { readonly of: Counted; readonly seen: number } | undefined
      /** An amount of it as a reader would write it: '41 records in one hour'. */
      readonly inWords: (amount: number) => string
    }
  /** The same at the nearest hour at which the event would pass. */
  | { readonly kind: 'another hour' }
  /** Something that is familiar, or registered; `suppose` writes over copies. */
  | {
      readonly kind: 'otherwise'
      /** After "had": 'curl/8 been one of its usual clients'. */
      readonly had: string
      readonly suppose: (readings: Readings, standing: Standing) => void
    }

/** What was read as the agent's habit: nothing of it surprises anybody. */
export function asHabit(reading: FacetReading): void {
  reading.nats = 0
  reading.isNew = false
  reading.tenantNats = 0
  reading.isKnownToPeers = true
}

/** What was read as its peers' custom: it surprises only as far as the agent seldom meets new things. */
export function asCustom(reading: FacetReading): void {
  reading.tenantNats = 0
  reading.isKnownToPeers = true
  if (reading.isNew) reading.nats = Math.min(reading.nats, -Math.log(reading.newShare))
}

export type FacetsOf = (readings: Readings) => readonly FacetReading[]

/**
 * That a thing were a habit of the agent's, and, where no peer knows it, that it were a custom of its
 * peers. `things` is what such are called, in the plural: 'countries'. `habits` are the facets that
 * are familiar once the thing is: who knows an address knows its country.
 */
export function hadItBeenUsual(
  what: string,
  things: string,
  isKnownToPeers: boolean,
  habits: FacetsOf,
): readonly Supposition[] {
  const habit: Supposition = {
    kind: 'otherwise',
    had: `${what} been one of its usual ${things}`,
    suppose: (readings) => habits(readings).forEach(asHabit),
  }
  if (isKnownToPeers) return [habit]
  const custom: Supposition = {
    kind: 'otherwise',
    had: `${what} been one of the usual ${things} of its peers`,
    suppose: (readings) => habits(readings).forEach(asCustom),
  }
  return [habit, custom]
}
