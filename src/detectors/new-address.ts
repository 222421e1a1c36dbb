/**
 * New address: the agent called from an address or a network it does not call from.
 *
 * Reads     origin
 * Blind to  A stolen credential used from the agent's own network.
 */
import type { Readings } from '../baselines/index.ts'
import type { Detector } from './detector.ts'
import { expectedOf, placeOf, seenOf, strangest } from './familiar.ts'

export const newAddress: Detector = {
  name: 'new-address',
  aspect: 'origin',
  title: 'called from an unfamiliar address',
  judge: (readings) => mostTelling(readings).nats,
  explain(readings, event) {
    const reading = mostTelling(readings)
    return { expected: expectedOf(reading, 'addresses'), seen: seenOf(reading, placeOf(event)) }
  },
}

function mostTelling({ origin }: Readings) {
  return strangest([origin.ip, origin.network])
}
