/**
 * New neighbourhood: the agent touched something in a part of the hierarchy where it does not work.
 *
 * Reads     resources
 * Blind to  Resources without a hierarchy or a type.
 */
import type { Readings } from '../baselines/index.ts'
import { containerName } from '../event/keys.ts'
import type { Detector } from './detector.ts'
import { expectedOf, seenOf, strangest } from './familiar.ts'

export const newNeighbourhood: Detector = {
  name: 'new-neighbourhood',
  aspect: 'place',
  title: 'worked in an area it does not use',
  judge: (readings) => mostTelling(readings).nats,
  explain(readings, event) {
    const reading = mostTelling(readings)
    return { expected: expectedOf(reading, 'areas'), seen: seenOf(reading, containerName(event)) }
  },
}

function mostTelling({ resources }: Readings) {
  return strangest([resources.container, resources.area])
}
