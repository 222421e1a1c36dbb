/** How a detector of unfamiliar things is made: it asks how surprising a facet of the event is. */
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Event } from '../event/event.ts'
import type { Aspect, Detector } from './detector.ts'
import { hadItBeenUsual } from './supposition.ts'
import { count } from './words.ts'

type FacetOf = (readings: Readings) => FacetReading

interface Question {
  readonly name: string
  readonly aspect: Aspect
  readonly title: string
  /** What the facet's things are called, in the plural: 'countries'. */
  readonly things: string
  /** The more surprising of them is asked about; of equals the first. */
  readonly facets: readonly FacetOf[]
  /** What the facet is asked about in the light of: only the surprise beyond its own counts. */
  readonly given?: FacetOf
  /** What else is familiar to one who knows the thing. @default nothing */
  readonly implied?: readonly FacetOf[]
  /** Whether one who had none before is asked at all. @default true */
  readonly isAskedOfNew?: boolean
  readonly seen: (event: Event) => string
  /** How much the answer can matter, in [0, 1]. @default in full */
  readonly relevance?: (readings: Readings) => number
}

export function unfamiliar({
  name,
  aspect,
  title,
  things,
  facets,
  given,
  implied = [],
  isAskedOfNew = true,
  seen,
  relevance,
}: Question): Detector {
  return {
    name,
    aspect,
    title,
    ...(relevance === undefined ? {} : { relevance }),
    facets: (readings) => facets.map((of) => of(readings)),
    judge(readings) {
      const { nats, known } = facet(readings)
      if (known === 0 && !isAskedOfNew) return 0
      if (nats === 0 || given === undefined) return nats
      return Math.max(0, nats - given(readings).nats)
    },
    explain(readings, event) {
      const reading = facet(readings)
      return { expected: expectedOf(reading, things), seen: seenOf(reading, seen(event)) }
    },
    suppositions(readings, event) {
      const { isKnownToPeers } = facet(readings)
      const usual = [...facets, ...implied]
      return hadItBeenUsual(seen(event), things, isKnownToPeers, (others) =>
        usual.map((of) => of(others)),
      )
    },
  }

  function facet(readings: Readings): FacetReading {
    let most = facets[0]!(readings) // every question has one
    for (let at = 1; at < facets.length; at++) most = stranger(most, facets[at]!(readings))
    return most
  }
}

export function expectedOf(reading: FacetReading, things: string): string {
  const { known, examples, newShare, isNew } = reading
  if (known === 0) return `no ${things} known yet`
  const [only] = examples
  if (isNew && known === 1 && only !== undefined) return `always ${only} so far`
  if (!isNew) return `mostly others of its ${count(known)} ${things}`
  const such = examples.length === 0 ? '' : `, such as ${examples.join(', ')}`
  const novelty = newShare < 0.01 ? '; a new one in fewer than 1 of 100' : ''
  return `one of ${count(known)} ${things}${such}${novelty}`
}

export function seenOf({ isNew, isKnownToPeers }: FacetReading, what: string): string {
  if (!isNew) return `${what}, seldom so far`
  return isKnownToPeers ? `${what}, new to it` : `${what}, new to it and to its peers`
}

/** The more surprising of two facets. */
export function stranger(one: FacetReading, other: FacetReading): FacetReading {
  return other.nats > one.nats ? other : one
}

/** Where an event came from, in words. */
export function placeOf({ source }: Event): string {
  return [source?.ip, source?.asn, source?.country].filter(Boolean).join(', ')
}
