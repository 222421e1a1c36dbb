/**
 * Counterfactual: what would have to have been otherwise for an event not to alert.
 *
 * Nothing is derived: the event is judged anew under what its detectors suppose. An amount is lowered
 * by bisection, which ends with two neighbouring amounts, one that alerts and one that does not; of
 * hours the nearest is looked for; what is unfamiliar is supposed familiar. Where no such change alone
 * keeps the event from alerting, what it takes for the one reason to fall away is told instead.
 *
 * Source    Wachter, Mittelstadt, Russell (2018), "Counterfactual explanations without opening the
 *           black box", Harvard Journal of Law & Technology 31: the nearest world that decides otherwise.
 * Departs   One thing is changed at a time, and only such as an analyst can check.
 * Cost      At most some 60 judgements a supposition, and only where an alert is told.
 * Blind to  Alerts that hang on two things either of which is enough.
 */
import { z } from 'zod'
import { HOUR_MS } from '../agent/context.ts'
import type { Readings } from '../baselines/index.ts'
import type { Detector, Standing } from '../detectors/detector.ts'
import { asHabit, type Supposition } from '../detectors/supposition.ts'
import type { Event } from '../event/event.ts'
import { printable } from '../event/text.ts'
import { isAlert, type Threshold } from '../scoring/threshold.ts'
import { type Change, rejudge, type Scene } from './rejudge.ts'

/** Findings less surprising than this, once in 55, are not given as a reason beside stronger ones. */
export const REASON_NATS_MIN = 4
/** Told of one reason: that it were usual for the agent, and for its peers. */
const TOLD_MAX = 2
const TEXT_MAX = 160
/** Halvings of a number before two neighbours are left, whatever it is. */
const STEPS_MAX = 64
/** How far another hour is looked for, each way. */
const HOURS_MAX = 24

export const counterfactualSchema = z.object({
  text: z.string().describe('One sentence about the event.'),
  effect: z
    .enum(['alert', 'reason'])
    .describe('What falls away: the alert on this event, or this reason alone.'),
  method: z
    .enum(['threshold', 'supposed'])
    .describe('Found by lowering an amount until it passes, or by supposing something familiar.'),
  below: z
    .number()
    .optional()
    .describe('The least amount at which it still stands; anything below passes.'),
  unit: z.string().optional(),
  event: z
    .string()
    .optional()
    .describe('The event it was found for, where not that of the reason.'),
})
export type Counterfactual = z.infer<typeof counterfactualSchema>

type Effect = Counterfactual['effect']

/** What is asked of one detector's finding on the event at hand. */
export interface Question {
  readonly detector: Detector
  /** Its place on the shelf. */
  readonly channel: number
  /** Its calibrated surprise as it was, in nats. */
  readonly surprise: number
  readonly scene: Scene
  readonly threshold: Threshold
}

/** Of what the detector supposes, that which would have kept the event from alerting. */
export function counterfactualsOf(
  question: Question,
  readings: Readings,
  standing: Standing,
): Counterfactual[] {
  const { event } = question.scene.moment
  const suppositions = suppositionsOf(question.detector, readings, event, standing)
  const found = suppositions.flatMap((supposition) => answerTo(question, supposition) ?? [])
  const ofAlert = found.filter(({ effect }) => effect === 'alert')
  return ofAlert.length > 0 ? ofAlert.slice(0, TOLD_MAX) : found.slice(0, 1)
}

function suppositionsOf(
  { suppositions, facets }: Detector,
  readings: Readings,
  event: Event,
  standing: Standing,
): readonly Supposition[] {
  if (suppositions !== undefined) return suppositions(readings, event, standing)
  if (facets === undefined) return []
  const suppose = (others: Readings) => facets(others).forEach(asHabit)
  return [{ kind: 'otherwise', had: 'this been usual for it', suppose }]
}

function answerTo(question: Question, supposition: Supposition): Counterfactual | undefined {
  switch (supposition.kind) {
    case 'less':
      return thresholdOf(question, supposition)
    case 'another hour':
      return nearestHour(question)
    case 'otherwise': {
      const effect = effectOf(question, supposition)
      if (effect === undefined) return undefined
      return { text: sentence(effect, `had ${supposition.had}`), effect, method: 'supposed' }
    }
  }
}

/** What falls away under a change. */
function effectOf({ scene, threshold, channel, surprise }: Question, change: Change) {
  const { dayTail, surprises } = rejudge(scene, change)
  if (!isAlert(threshold, dayTail)) return 'alert'
  const left = surprises[channel]!
  return left < REASON_NATS_MIN && left < surprise ? 'reason' : undefined
}

type Less = Extract<Supposition, { kind: 'less' }>

/** Lowered alone; with what goes along with it where only that keeps the event from alerting. */
function thresholdOf(question: Question, less: Less): Counterfactual | undefined {
  const alone = lowered(question, { ...less, alongside: undefined })
  if (alone?.effect === 'alert' || less.alongside === undefined) return alone
  const together = lowered(question, less)
  return together?.effect === 'alert' ? together : (alone ?? together)
}

function lowered(
  question: Question,
  { of, seen, alongside, inWords }: Less,
): Counterfactual | undefined {
  const effectAt = (amount: number) => {
    const by = seen - amount
    const other = alongside && { of: alongside.of, by: alongside.seen * (by / seen) }
    const all = other === undefined ? [{ of, by }] : [{ of, by }, other]
    return effectOf(question, { kind: 'less', of: all })
  }
  const effect = effectAt(0)
  if (effect === undefined) return undefined
  const passes = (amount: number) => {
    const found = effectAt(amount)
    return found === 'alert' || found === effect
  }
  let below = seen
  let passing = 0
  for (let step = 0; step < STEPS_MAX && below - passing > 1; step++) {
    const middle = Math.floor((passing + below) / 2)
    if (middle <= passing || middle >= below) break
    if (passes(middle)) passing = middle
    else below = middle
  }
  const along = alongside === undefined ? '' : ` with ${alongside.of} in proportion`
  const text = sentence(effect, `below ${inWords(below)}${along}`)
  const unit = of === 'silent hours' ? 'hours' : of
  return { text, effect, method: 'threshold', below, unit }
}

const WEEKDAY_HOUR = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** The nearest hour of the clock, before or after, at which the event would have passed. */
function nearestHour(question: Question): Counterfactual | undefined {
  let other: Counterfactual | undefined
  for (let apart = 1; apart <= HOURS_MAX; apart++) {
    for (const hours of [-apart, apart]) {
      const effect = effectOf(question, { kind: 'later', hours })
      if (effect === undefined) continue
      if (effect === 'reason' && other !== undefined) continue
      const atMs = question.scene.moment.event.atMs + hours * HOUR_MS
      const when = WEEKDAY_HOUR.format(new Date(atMs - (atMs % HOUR_MS))).replace(',', '')
      const text = sentence(effect, `at ${when} UTC, the nearest hour that passes`)
      const found: Counterfactual = { text, effect, method: 'supposed' }
      if (effect === 'alert') return found
      other = found
    }
  }
  return other
}

/** What falls away, and on which condition. */
export function sentence(effect: Effect, condition: string): string {
  const start = effect === 'alert' ? 'would not have alerted' : 'this reason alone would be gone'
  return printable(`${start} ${condition}`, TEXT_MAX)
}
