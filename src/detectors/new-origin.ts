/**
 * New origin: the agent called from a country or an autonomous system it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own region and provider.
 */
import type { Readings } from '../baselines/index.ts'
import type { Detector } from './detector.ts'
import { expectedOf, placeOf, seenOf, strangest } from './familiar.ts'

export const newOrigin: Detector = {
  name: 'new-origin',
  aspect: 'origin',
  title: 'called from an unfamiliar country or provider',
  judge: (readings) => mostTelling(readings).nats,
  explain(readings, event) {
    const reading = mostTelling(readings)
    return { expected: expectedOf(reading, 'origins'), seen: seenOf(reading, placeOf(event)) }
  },
}

function mostTelling({ origin }: Readings) {
  return strangest([origin.asn, origin.country])
}
