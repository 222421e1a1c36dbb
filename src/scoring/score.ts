/** Score: one event's findings, calibrated by event and by day, and fused into a verdict. */
import type { Session } from '../agent/context.ts'
import type { Readings } from '../baselines/index.ts'
import type { Standing } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import { binOf, type Calibration, type Survival, survivalAt, tailOf } from './calibrate.ts'
import {
  DAY,
  DAY_CHANNELS,
  DAY_GATHERED,
  DAY_VERDICT,
  EVENT,
  GATHERED,
  VERDICT,
} from './channels.ts'
import { joint, sessionFindings, strangenessOf, together } from './fuse.ts'

/** What scoring says of one event. */
export interface Judgement {
  /** Calibrated P(an event at least this strange), in (0, 1]. */
  readonly p: number
  /** P(a day of this agent holds something at least this strange), in (0, 1]. */
  readonly dayTail: number
  /** Calibrated p by channel; 1 where a detector abstained. */
  readonly tails: Float64Array
  /**
   * Bin of the answer by channel, to be learned; −1 where there was none. This and what follows hold
   * until the next event is judged.
   */
  readonly bins: Int8Array
  /** The answers whose maximum over a day is calibrated, in nats ≥ 0, by channel of the day. */
  readonly ofDay: Float64Array
}

export interface Situation {
  readonly event: Event
  readonly standing: Standing
  readonly readings: Readings
  readonly session: Session
  /** Time since the session's event before. */
  readonly elapsedMs: number
  readonly own: Calibration
  readonly group: Survival
  readonly gain: number
  /** Log of the events the agent usually makes on a day it works. */
  readonly logEventsPerDay: number
  /** How far the tenant can be judged yet, in [0, 1); see policy. */
  readonly maturity: number
  /** Adds strangeness to the agent's session and day; answers how surprising their sum is now. */
  readonly gather: (nats: number) => number
}

const surprises = new Float64Array(detectors.length)
const weights = new Float64Array(detectors.length)
const daySurprises = new Float64Array(detectors.length)
const bins = new Int8Array(DAY)
const ofDay = new Float64Array(DAY_CHANNELS)

/** Judges an event. What gathers over its session and day grows by it; nothing else changes. */
export function score(situation: Situation): Judgement {
  const { event, standing, readings, own, group, gain } = situation
  const tails = new Float64Array(DAY).fill(1)
  bins.fill(-1)
  ofDay.fill(0)
  const chances = Math.max(0, situation.logEventsPerDay)

  function surpriseOf(channel: number, nats: number): number {
    if (nats === 0) {
      bins[channel] = 0
      return 0
    }
    const bin = binOf(nats)
    const tail = tailOf(own, group, channel, nats, bin, gain)
    bins[channel] = bin
    tails[channel] = tail
    return -Math.log(tail)
  }

  /** How rare a day with an answer like this is: a busy agent has more chances to surprise. */
  function daySurpriseOf(channel: number, surprise: number): number {
    const nats = surprise - chances
    if (nats <= 0) return 0
    ofDay[channel] = nats
    return -Math.log(survivalAt(group, DAY + channel, nats, binOf(nats)))
  }

  for (let channel = 0; channel < detectors.length; channel++) {
    const detector = detectors[channel]!
    const nats = detector.judge(readings, event, standing)
    const surprise = nats === undefined ? 0 : surpriseOf(channel, nats)
    surprises[channel] = surprise
    weights[channel] = detector.relevance === undefined ? 1 : detector.relevance(readings)
    daySurprises[channel] = daySurpriseOf(channel, surprise * weights[channel]!)
  }
  const surprise = surpriseOf(EVENT, joint(surprises, weights))
  const gathered = surpriseOf(GATHERED, situation.gather(strangenessOf(surprise)))
  surpriseOf(VERDICT, together(surprise, gathered))

  const found = sessionFindings(situation.session.findings, situation.elapsedMs, daySurprises)
  situation.session.findings = found.findings
  const dayNats = together(found.nats, daySurpriseOf(DAY_GATHERED, gathered))
  ofDay[DAY_VERDICT] = dayNats
  const dayTail = tailOf(own, group, DAY + DAY_VERDICT, dayNats, binOf(dayNats), gain)
  return { p: tails[VERDICT]!, dayTail: dayTail ** situation.maturity, tails, bins, ofDay }
}
