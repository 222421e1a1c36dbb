/**
 * Fuse: many findings about one event, and about what went before it, become one number.
 *
 * Each finding counts by its own surprise, −ln p. Of the findings about one aspect of the event only
 * the strongest counts: they are one fact seen from several sides. What an aspect adds is the weight
 * of evidence of "it is touched by an attack": next to nothing while the surprise is usual, then as
 * much as the surprise grows. So one overwhelming finding speaks alone, several moderate ones add up,
 * and the noise of many aspects does not. What comes out is calibrated like any other answer.
 *
 * Source    Good (1985), "Weight of evidence: a brief survey", Bayesian Statistics 2; the mixture of
 *           touched and untouched gives the soft threshold. Aspects as groups of dependent p-values:
 *           Vovk, Wang (2020), "Combining p-values via averaging", Biometrika.
 * Departs   How far an aspect tells an attack from an honest change is a weight in quarters, the same
 *           for all tenants; the level of the sum comes from calibration.
 */
import { HOUR_MS, NO_FINDINGS, type Session } from '../agent/context.ts'
import { type Aspect, aspects } from '../detectors/detector.ts'
import { detectors } from '../detectors/index.ts'
import { fade } from '../math/decay.ts'

/** Surprise at which a finding begins to count, in nats: one in seven is as surprising. */
const SOFT_THRESHOLD = 2
/** Surprise an event must exceed to be strange, in nats: one event in twenty does. */
const ALLOWANCE = 3

/**
 * How far a finding speaks for an attack, in eighths of its own surprise. More than in full: what
 * hardly ever has an honest reason. Then what a new task or a roll-out brings too; then what it brings
 * every time, and what says in other words what another aspect says; then what systems do by
 * themselves, move and grow, and what is said of findings that have been counted already; least, that
 * a call failed or was a large one.
 */
const WEIGHTS: Readonly<Record<Aspect, number>> = {
  client: 2,
  identity: 1.5,
  silence: 1.5,
  use: 1,
  'unheard deed': 1,
  'unheard step': 1,
  'unheard place': 1,
  time: 0.75,
  cause: 0.75,
  authority: 1,
  purpose: 0.75,
  destination: 0.5,
  flow: 0.5,
  repetition: 0.75,
  duration: 0.5,
  place: 0.25,
  course: 0.5,
  origin: 0.5,
  'unheard origin': 0.5,
  volume: 0.25,
  amount: 0.25,
  call: 0.125,
  deed: 0.25,
  outcome: 0.125,
  habit: 1,
  drift: 1,
  combination: 0.25,
}
const GATHERED_WEIGHT = 0.25
const weights = aspects.map((aspect) => WEIGHTS[aspect])

/** With what went before, an event says at most so many times as much as by itself. */
const CARRIED_MAX = 3
/**
 * What does not count for that: a step, a flow and where it leads are odd because of what went before,
 * which would be told twice, and calls fail and are large after anything.
 */
const FOLLOWS: ReadonlySet<Aspect> = new Set([
  'unheard step',
  'flow',
  'destination',
  'call',
  'outcome',
])
const carries = aspects.map((aspect) => !FOLLOWS.has(aspect))
/** An earlier finding counts half after this time: what belongs together comes together. */
const FINDING_HALF_LIFE_MS = HOUR_MS
/** Of a session's level the latest event makes a tenth: what one event shows is not sustained. */
const LEVEL_SHARE = 0.1
/** A level below this, in nats, is none. */
const LEVEL_MIN = 0.01
/** Findings below this, in nats, are forgotten. */
const FINDING_MIN = 0.5

const aspectOf = Uint8Array.from(detectors, ({ aspect }) => aspects.indexOf(aspect))
const strongest = new Float64Array(aspects.length)

/** One by one: they are so few that calling `fill` would take longer. */
function forgetStrongest(): void {
  for (let aspect = 0; aspect < strongest.length; aspect++) strongest[aspect] = 0
}

/** What an aspect adds to the evidence, in nats ≥ 0, before its weight. */
function evidenceOf(surprise: number): number {
  return surprise <= 0 ? 0 : Math.log((1 + Math.exp(surprise - SOFT_THRESHOLD)) / UNTOUCHED)
}
const UNTOUCHED = 1 + Math.exp(-SOFT_THRESHOLD)

/** The evidence of the strongest finding of each aspect, or of those named, in nats. */
function sumOf(byAspect: Float64Array, named?: readonly boolean[]): number {
  let sum = 0
  for (let aspect = 0; aspect < weights.length; aspect++) {
    if (named !== undefined && !named[aspect]) continue
    if (byAspect[aspect]! > 0) sum += weights[aspect]! * evidenceOf(byAspect[aspect]!)
  }
  return sum
}

/** The joint evidence of one event's findings, in nats; `relevance` says how far each can matter. */
export function joint(surprises: Float64Array, relevance: Float64Array): number {
  forgetStrongest()
  for (let at = 0; at < relevance.length; at++) {
    if (surprises[at] === 0) continue // as most are
    const surprise = surprises[at]! * relevance[at]!
    if (surprise > strongest[aspectOf[at]!]!) strongest[aspectOf[at]!] = surprise
  }
  return sumOf(strongest)
}

/**
 * The joint evidence of all that was found in a session of late, in nats: what one event shows of one
 * aspect and another of another belongs together. What went before speaks only as far as the event
 * itself is odd, and not because of it, so that honest events of an odd session stay apart. Takes this
 * event's findings into the session's.
 */
export function gatherFindings(
  session: Pick<Session, 'findings'>,
  elapsedMs: number,
  surprises: Float64Array,
): number {
  forgetStrongest()
  let isAny = false
  for (let at = 0; at < surprises.length; at++) {
    const aspect = aspectOf[at]!
    if (surprises[at]! <= strongest[aspect]!) continue
    strongest[aspect] = surprises[at]!
    isAny = true
  }
  const own = isAny ? sumOf(strongest) : 0
  const { findings } = session
  // Where nothing went before, nothing is lifted.
  const bearing = own > 0 && findings.length > 0 ? sumOf(strongest, carries) : 0
  const kept = findings.length === 0 ? 0 : fade(elapsedMs, FINDING_HALF_LIFE_MS)
  for (let aspect = 0; aspect < findings.length; aspect++) {
    const carried = findings[aspect]! * kept
    if (carried < FINDING_MIN || carried <= strongest[aspect]!) continue
    strongest[aspect] = carried
    isAny = true
  }
  if (!isAny) session.findings = NO_FINDINGS
  else if (findings.length !== strongest.length) session.findings = strongest.slice()
  else for (let at = 0; at < findings.length; at++) findings[at] = strongest[at]!
  return own === 0 ? 0 : Math.min(sumOf(strongest), own + (CARRIED_MAX - 1) * bearing)
}

/**
 * How much an event shows, in nats: no less than those before it in its session have of late, for in a
 * session that goes on being odd an event that looks usual is a part of it. One odd event among usual
 * ones says next to nothing of the next. Takes the event's evidence into the session's level.
 *
 * Source    Roberts (1959), "Control chart tests based on geometric moving averages", Technometrics.
 */
export function sustain(
  session: Pick<Session, 'level'>,
  elapsedMs: number,
  evidence: number,
): number {
  const { level } = session
  if (level === 0 && evidence === 0) return 0
  const kept = level === 0 ? 0 : level * fade(elapsedMs, FINDING_HALF_LIFE_MS)
  const next = kept + LEVEL_SHARE * (evidence - kept)
  session.level = next < LEVEL_MIN ? 0 : next
  return Math.max(evidence, kept)
}

/** What a finding about the session as a whole adds to the evidence of those behind it, in nats. */
export function evidenceFrom(aspect: Aspect, surprise: number): number {
  return WEIGHTS[aspect] * evidenceOf(surprise)
}

/** An event's evidence and that of what has gathered before it, together. */
export function together(evidence: number, gathered: number): number {
  return evidence + GATHERED_WEIGHT * evidenceOf(gathered)
}

/** What an event of this surprise adds to what gathers over its session and its day, in nats. */
export function strangenessOf(surprise: number): number {
  return Math.max(0, surprise - ALLOWANCE)
}
