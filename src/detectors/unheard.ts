/** How a detector of things that nobody in the tenant has met is made: it asks several facets. */
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Event } from '../event/event.ts'
import type { Aspect, Detector } from './detector.ts'
import { asCustom, asHabit } from './supposition.ts'

interface Question {
  readonly name: string
  readonly aspect: Aspect
  readonly title: string
  /** What may be new to all, and the facet that tells. */
  readonly facets: readonly [thing: string, of: (readings: Readings) => FacetReading][]
  /** Whether one who had none before is asked at all. @default true */
  readonly isAskedOfNew?: boolean
  readonly seen: (event: Event) => string
}

export function unheard({
  name,
  aspect,
  title,
  facets,
  isAskedOfNew = true,
  seen,
}: Question): Detector {
  return {
    name,
    aspect,
    title,
    isOfTenant: true,
    facets: (readings) => facets.map(([, of]) => of(readings)),
    judge(readings) {
      let most = 0
      for (let at = 0; at < facets.length; at++) {
        const { tenantNats, known } = facets[at]![1](readings)
        if (tenantNats > most && (known > 0 || isAskedOfNew)) most = tenantNats
      }
      return most
    },
    explain(readings, event) {
      const [thing] = facets.reduce((a, b) =>
        b[1](readings).tenantNats > a[1](readings).tenantNats ? b : a,
      )
      return {
        expected: `${thing} known in the tenant`,
        seen: `${seen(event)}, ${thing} new to all`,
      }
    },
    suppositions(_readings, event) {
      const all = (readings: Readings) => facets.map(([, of]) => of(readings))
      return [
        {
          kind: 'otherwise',
          had: `${seen(event)} been known in the tenant`,
          suppose: (readings) => all(readings).forEach(asCustom),
        },
        {
          kind: 'otherwise',
          had: `${seen(event)} been usual for it`,
          suppose: (readings) => all(readings).forEach(asHabit),
        },
      ]
    },
  }
}
