/**
 * Channels: every answer that is calibrated.
 *
 * Event by event: one a detector, then the steps of fusion. Then, day by day, the strangest of an
 * agent's day: of each detector, of what gathered, and of all together.
 */
import { detectors } from '../detectors/index.ts'

const byEvent = [...detectors.map(({ name }) => name), 'event', 'gathered', 'verdict']
const byDay = ['verdict', 'gathered', ...detectors.map(({ name }) => name)]

export const channels: readonly string[] = [...byEvent, ...byDay.map((name) => `${name} of day`)]

/** Places of the steps of fusion among the channels. */
export const EVENT = detectors.length
export const GATHERED = EVENT + 1
export const VERDICT = EVENT + 2
/** Where the channels of the day begin, and how many there are. */
export const DAY = byEvent.length
export const DAY_CHANNELS = byDay.length
/** Among the channels of the day: all together, what gathered, and where the detectors begin. */
export const DAY_VERDICT = 0
export const DAY_GATHERED = 1
export const DAY_DETECTORS = 2
/** An agent's own answers are kept up to here: those to its events, and the verdicts on its days. */
export const OWN = DAY + DAY_VERDICT + 1
