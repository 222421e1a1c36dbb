/**
 * Channels: every answer that is calibrated.
 *
 * Event by event: one a detector, then the steps of fusion. Then, day by day, the strangest of an
 * agent's day: of each detector, of what gathered, and of all together.
 */
import { detectors } from '../detectors/index.ts'

const byEvent = [...detectors.map(({ name }) => name), 'event', 'gathered', 'verdict']
const byDay = [...detectors.map(({ name }) => name), 'gathered', 'verdict']

export const channels: readonly string[] = [...byEvent, ...byDay.map((name) => `${name} of day`)]

/** Places of the steps of fusion among the channels. */
export const EVENT = detectors.length
export const GATHERED = EVENT + 1
export const VERDICT = EVENT + 2
/** Where the channels of the day begin, and how many there are. */
export const DAY = byEvent.length
export const DAY_CHANNELS = byDay.length
/** Among the channels of the day: what gathered, and all together. */
export const DAY_GATHERED = detectors.length
export const DAY_VERDICT = detectors.length + 1
