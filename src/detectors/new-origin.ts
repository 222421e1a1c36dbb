/**
 * New origin: the agent called from an address, network or country it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own network.
 */
import type { Readings } from '../baselines/index.ts'
import type { Detector } from './detector.ts'
import { expectedOf, seenOf, strangest } from './familiar.ts'

export const newOrigin: Detector = {
  name: 'new-origin',
  aspect: 'origin',
  title: 'called from an unfamiliar place',
  judge: (readings) => mostTelling(readings).nats,
  explain(readings, { source }) {
    const reading = mostTelling(readings)
    const place = [source?.ip, source?.asn, source?.country].filter(Boolean).join(', ')
    return { expected: expectedOf(reading, 'origins'), seen: seenOf(reading, place) }
  },
}

function mostTelling({ origin }: Readings) {
  return strangest([origin.ip, origin.network, origin.asn, origin.country])
}
