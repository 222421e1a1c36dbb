/** Score: one event's findings, calibrated by event and by day, and fused into a verdict. */
import { NO_FINDINGS, type Session } from '../agent/context.ts'
import type { FacetReading } from '../baselines/facet.ts'
import type { Readings } from '../baselines/index.ts'
import type { Standing } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import type { Event } from '../event/event.ts'
import {
  ANSWER_MIN,
  binOf,
  type Calibration,
  groupSurprise,
  learnAnswer,
  type Surprises,
  surpriseOf,
} from './calibrate.ts'
import {
  DAY,
  DAY_CHANNELS,
  DAY_DETECTORS,
  DAY_GATHERED,
  DAY_VERDICT,
  EVENT,
  GATHERED,
  VERDICT,
} from './channels.ts'
import { evidenceFrom, gatherFindings, joint, strangenessOf, together } from './fuse.ts'
import { ofRelease, settledIn } from './policy.ts'

/** What scoring says of one event. It holds until the next event is judged, which writes it over. */
export interface Judgement {
  /** Calibrated P(an event at least this strange), in (0, 1]. */
  p: number
  /** Weight of evidence that something is wrong with the agent, in nats ≥ 0. */
  evidence: number
  /** P(a day of this agent holds at least as much evidence), in (0, 1]. */
  dayTail: number
  /** −ln p by channel, calibrated; 0 where a detector abstained or found nothing. */
  readonly surprises: Float64Array
  /** −ln P(a day of the agent with such an answer) by detector, what findings are fused by. */
  readonly daySurprises: Float64Array
  /** The channels that answered, the first `answers` of them; nothing is said of the others. */
  readonly answered: Uint8Array
  answers: number
  /** Bin of the answer by channel that answered; −1 where it is not to be learned. */
  readonly bins: Int8Array
  /** What was found in the session of late, by aspect in nats; empty where the event is not odd itself. */
  findings: Float64Array
  /** The answers whose maximum over a day is calibrated, in nats ≥ 0, by channel of the day. */
  readonly ofDay: Float64Array
}

export interface Situation {
  event: Event
  readonly standing: Standing
  readonly readings: Readings
  /** Of `readings`, the facets that each detector looks at; see `facetsOf`. */
  facets: readonly (readonly FacetReading[])[]
  /** The event's findings are taken into it. */
  session: Session
  /** Time since the session's event before. */
  elapsedMs: number
  own: Calibration
  group: Surprises
  /** The tenant's, by which verdicts are read: one scale for all its agents. */
  tenant: Surprises
  gain: number
  /** Log of the events the agent usually makes on a day it works. */
  logEventsPerDay: number
  /** How far the tenant can be judged yet, in [0, 1); see policy. */
  maturity: number
  /** For how long the agent has been running its release, or living, if it is a new-born. */
  releaseMs: number
  /** How much its findings count: more where the agent was born a short while ago. */
  attention: number
}

export function blankJudgement(): Judgement {
  return {
    p: 1,
    evidence: 0,
    dayTail: 1,
    surprises: new Float64Array(DAY),
    daySurprises: new Float64Array(detectors.length),
    answered: new Uint8Array(DAY),
    answers: 0,
    bins: new Int8Array(DAY),
    findings: NO_FINDINGS,
    ofDay: new Float64Array(DAY_CHANNELS),
  }
}

/**
 * Judges an event. `gather` adds strangeness to the agent's session and day and answers how
 * surprising their sum is now, in nats; nothing else changes.
 */
export function score(
  situation: Situation,
  gather: (nats: number) => number,
  judgement: Judgement,
): void {
  const { event, standing, readings, facets, releaseMs } = situation
  const { surprises, daySurprises, ofDay } = judgement
  const chances = Math.max(0, situation.logEventsPerDay)
  let isOddOfDay = false
  let settled = -1
  forget(judgement)

  for (let channel = 0; channel < asked.length; channel++) {
    const detector = asked[channel]!
    if (detector.isOfSession || areSilent(facets[channel]!, detector.isOfTenant)) continue
    const nats = detector.judge(readings, event, standing)
    if (nats === undefined || nats < ANSWER_MIN) continue
    if (detector.isOfDay) {
      note(judgement, channel, -1)
      surprises[channel] = nats
      daySurprises[channel] = nats
      relevance[channel] = 0 // said of the agent, not of the event
      isOddOfDay = true
      continue
    }
    const surprise = calibrated(situation, judgement, channel, nats)
    const relevant = detector.relevance === undefined ? 1 : detector.relevance(readings)
    // Worked out where it is asked for alone: that is seldom.
    if (detector.isOfRelease && settled < 0) settled = settledIn(releaseMs)
    const weight = detector.isOfRelease ? relevant * settled : relevant
    relevance[channel] = weight
    const daySurprise = detector.isOfTenant
      ? ofItsDay(situation.tenant, ofDay, DAY_DETECTORS + channel, nats * weight)
      : ofItsDay(situation.group, ofDay, DAY_DETECTORS + channel, surprise * weight - chances)
    daySurprises[channel] = daySurprise
    if (daySurprise > 0) isOddOfDay = true
  }
  const surprise = calibrated(situation, judgement, EVENT, joint(surprises, relevance))
  const gathering = gather(strangenessOf(surprise))
  const gathered = calibrated(situation, judgement, GATHERED, gathering)
  const verdict = calibrated(situation, judgement, VERDICT, together(surprise, gathered))

  const { session, elapsedMs } = situation
  const isAnyFound = isOddOfDay || session.findings.length > 0
  judgement.findings = NO_FINDINGS
  let found = isAnyFound ? gatherFindings(session, elapsedMs, daySurprises) : 0
  if (isOddOfDay) {
    judgement.findings = session.findings
    if (standing.model !== undefined) found += combined(situation, judgement)
  }
  const gatheredOfDay = ofItsDay(situation.group, ofDay, DAY_GATHERED, gathered - chances)
  const dayNats = together(found, gatheredOfDay) * situation.attention
  ofDay[DAY_VERDICT] = dayNats
  judgement.p = Math.exp(-verdict)
  judgement.evidence = 0
  judgement.dayTail = 1
  if (dayNats < ANSWER_MIN) return
  const { own, tenant, gain, maturity } = situation
  const channel = DAY + DAY_VERDICT
  const bin = binOf(dayNats)
  const ofAll = groupSurprise(tenant, channel, dayNats, bin)
  const ofOwn = surpriseOf(own, own.days, tenant, channel, dayNats, bin, gain, DAYS_STRENGTH)
  // An agent that often has odd days is excused by as much as they make this one less odd.
  const excused = ofOwn < ofAll ? ofOwn / ofAll : 1
  judgement.evidence = dayNats * excused * maturity
  judgement.dayTail = Math.exp(-Math.min(ofOwn, ofAll) * maturity)
}

/** Takes what was answered of an event into a calibration. */
export function learnAnswers(
  calibration: Calibration,
  { answered, answers, bins }: Judgement,
  weight: number,
): void {
  calibration.events += weight
  for (let nth = 0; nth < answers; nth++) {
    const channel = answered[nth]!
    const bin = bins[channel]!
    if (bin >= 0) learnAnswer(calibration, channel, bin, weight)
  }
}

/** What the detectors of the session add to the evidence, in nats, once its findings are gathered. */
function combined(
  { event, standing, readings, session, tenant }: Situation,
  judgement: Judgement,
): number {
  const { surprises, daySurprises, ofDay } = judgement
  let evidence = 0
  standing.findings = session.findings
  for (let nth = 0; nth < ofSession.length; nth++) {
    const channel = ofSession[nth]!
    const nats = asked[channel]!.judge(readings, event, standing)
    if (nats === undefined || nats < ANSWER_MIN) continue
    note(judgement, channel, -1)
    const surprise = ofItsDay(tenant, ofDay, DAY_DETECTORS + channel, nats)
    surprises[channel] = surprise
    daySurprises[channel] = surprise
    evidence += evidenceFrom(detectors[channel]!.aspect, surprise)
  }
  return evidence
}

/** The facets that each detector looks at; none where it is asked in any case. */
export function facetsOf(readings: Readings): Situation['facets'] {
  return detectors.map(({ facets }) => facets?.(readings) ?? [])
}

/** Whether all there are have too little to say for an answer. */
function areSilent(facets: readonly FacetReading[], isOfTenant: boolean): boolean {
  for (let at = 0; at < facets.length; at++) {
    const { nats, tenantNats } = facets[at]!
    if ((isOfTenant ? tenantNats : nats) >= ANSWER_MIN) return false
  }
  return facets.length > 0
}

/** What was said of the event before; of what did not answer there is nothing. */
function forget(judgement: Judgement): void {
  const { surprises, daySurprises, answered, answers, ofDay } = judgement
  for (let nth = 0; nth < answers; nth++) {
    const channel = answered[nth]!
    surprises[channel] = 0
    if (channel >= EVENT) continue
    daySurprises[channel] = 0
    ofDay[DAY_DETECTORS + channel] = 0
  }
  ofDay[DAY_GATHERED] = 0
  judgement.answers = 0
}

function note(judgement: Judgement, channel: number, bin: number): void {
  judgement.answered[judgement.answers++] = channel
  judgement.bins[channel] = bin
}

/** Days of an agent's own before their word outweighs the tenant's on what a day may hold. */
const DAYS_STRENGTH = 30

const relevance = new Float64Array(detectors.length)
/** The detectors in one shape: V8 looks into objects of many shapes much more slowly. */
const asked = detectors.map(
  ({ judge, aspect, isOfDay = false, isOfTenant = false, isOfSession = false, relevance }) => ({
    judge,
    isOfDay,
    isOfTenant,
    isOfSession,
    isOfRelease: ofRelease.has(aspect),
    relevance,
  }),
)
const ofSession = [...asked.keys()].filter((channel) => asked[channel]!.isOfSession)

/** How surprising an answer is among all answers of the channel, in nats; marked for learning. */
function calibrated(
  { own, group, gain }: Situation,
  judgement: Judgement,
  channel: number,
  nats: number,
): number {
  if (nats < ANSWER_MIN) return 0
  const bin = binOf(nats)
  const surprise = surpriseOf(own, own.events, group, channel, nats, bin, gain)
  note(judgement, channel, bin)
  judgement.surprises[channel] = surprise
  return surprise
}

/** How rare a day with an answer like this is: a busy agent has more chances to surprise. */
function ofItsDay(among: Surprises, ofDay: Float64Array, channel: number, nats: number): number {
  if (nats <= 0) return 0
  ofDay[channel] = nats
  return nats < ANSWER_MIN ? 0 : groupSurprise(among, DAY + channel, nats, binOf(nats))
}
