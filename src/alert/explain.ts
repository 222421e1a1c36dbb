/** Explain: the reasons for a verdict, as an analyst reads them. */
import type { Readings } from '../baselines/index.ts'
import type { Standing } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import { printable } from '../event/text.ts'
import type { Reason } from './alert.ts'

/** Findings less surprising than this, once in 55, are not given as a reason beside stronger ones. */
const REASON_NATS_MIN = 4
const REASONS_MAX = 4

/** The findings behind a verdict, strongest first; at least one where any detector answered. */
export function reasonsFor(
  event: Event,
  readings: Readings,
  standing: Standing,
  surprises: Float64Array,
): Reason[] {
  const strongestFirst = [...detectors.keys()].sort((a, b) => surprises[b]! - surprises[a]!)
  const [foremost] = strongestFirst
  return strongestFirst
    .filter((at) => at === foremost || surprises[at]! >= REASON_NATS_MIN)
    .slice(0, REASONS_MAX)
    .map((at) => {
      const { name, title, explain } = detectors[at]!
      const { expected, seen } = explain(readings, event, standing)
      const reason = { detector: name, title, expected: printable(expected), seen: printable(seen) }
      return { ...reason, p: Math.exp(-surprises[at]!), event: event.id }
    })
}
