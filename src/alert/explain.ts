/** Explain: the reasons for a verdict, as an analyst reads them, and what they hang on. */
import { HOUR_MS } from '../agent/context.ts'
import type { Readings } from '../baselines/index.ts'
import type { Measured, Standing } from '../detectors/detector.ts'
import { goneQuiet } from '../detectors/gone-quiet.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import { printable } from '../event/text.ts'
import type { Threshold } from '../scoring/threshold.ts'
import type { Reason } from './alert.ts'
import type { Case } from './case.ts'
import { counterfactualsOf, REASON_NATS_MIN, sentence } from './counterfactual.ts'
import type { Scene } from './rejudge.ts'

const REASONS_MAX = 4
/** Longest text of a side; an agent's state stays within 16 KB. */
const SIDE_MAX = 200
/** What gone-quiet found, told while the silence lasts. */
const LASTING = 'has gone quiet while it is usually active'

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
      const { expected, seen, measured } = explain(readings, event, standing)
      return {
        detector: name,
        title,
        expected: printable(expected, SIDE_MAX),
        seen: printable(seen, SIDE_MAX),
        ...(measured === undefined ? {} : { measured: rounded(measured) }),
        p: Math.exp(-surprises[at]!),
        event: event.id,
        counterfactuals: [],
      }
    })
}

/** Finds out what the reasons that the event at hand has given hang on. */
export function addCounterfactuals(
  reasons: readonly Reason[],
  readings: Readings,
  surprises: Float64Array,
  scene: Scene,
  threshold: Threshold,
): void {
  const { standing, event } = scene.situation
  for (const reason of reasons) {
    if (reason.event !== event.id) continue
    const channel = detectors.findIndex(({ name }) => name === reason.detector)
    const detector = detectors[channel]
    if (detector === undefined) continue // a case of an earlier version may name one that is gone
    const surprise = surprises[channel]!
    reason.counterfactuals = counterfactualsOf(
      { detector, channel, surprise, scene, threshold },
      readings,
      standing,
    )
  }
}

/** Says of a silence that it lasts. */
export function asLasting(reasons: readonly Reason[]): Reason[] {
  return reasons.map((reason) => ({ ...reason, title: LASTING }))
}

/** Says what an absence hangs on by when the agent would have had to be heard of. */
export function tellByWhen(reasons: readonly Case['reasons'][number][], { id, atMs }: Event): void {
  for (const reason of reasons) {
    if (reason.detector !== goneQuiet.name || reason.event !== id) continue
    reason.counterfactuals = reason.counterfactuals.map((one) => {
      if (one.below === undefined) return one
      const when = DAY_AND_HOUR.format(atMs - one.below * HOUR_MS).replaceAll(',', '')
      return { ...one, text: sentence(one.effect, `had it been heard of since ${when} UTC`) }
    })
  }
}

const DAY_AND_HOUR = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** Digits that mean something: what is usual is a mean of logarithms. */
const DIGITS = 4

/** What was seen stays as it is. The order is that of the schema, in which it comes back from storage. */
function rounded({ unit, seen, usual, largest, over }: Measured): Measured {
  const short = (value: number) => Number(value.toPrecision(DIGITS))
  return {
    unit,
    seen,
    ...(usual === undefined ? {} : { usual: short(usual) }),
    ...(largest === undefined ? {} : { largest: short(largest) }),
    over,
  }
}
