/**
 * Rejudge: the event at hand judged anew under a change, with everything else as it was.
 *
 * It reads the same memories through the same baselines and calibration, with what the agent is in the
 * middle of set back to before scoring wrote to it, and leaves all as it found it. Without a change the
 * answer is the verdict itself, to the bit.
 */
import {
  addStrangeness,
  type Context,
  HOUR_MS,
  measures,
  NO_FINDINGS,
  type Session,
  SPANS,
  STRANGENESS,
  startOf,
  totalsOf,
} from '../agent/context.ts'
import type { Kin, Moment } from '../baselines/baseline.ts'
import { baselineNames, type Memories, type Readings } from '../baselines/index.ts'
import { strangenessNats } from '../baselines/volume.ts'
import { aspects, type Standing } from '../detectors/detector.ts'
import type { Counted } from '../detectors/supposition.ts'
import { blankShape, shaped } from '../event/shape.ts'
import { type Memory, shelf } from '../scoring/memory.ts'
import {
  blankJudgement,
  facetsOf,
  type Judgement,
  type Situation,
  score,
} from '../scoring/score.ts'
import { absenceFacets } from './absence.ts'

/** What is otherwise. */
export type Change =
  | { readonly kind: 'less'; readonly of: readonly { readonly of: Counted; readonly by: number }[] }
  | { readonly kind: 'later'; readonly hours: number }
  | {
      readonly kind: 'otherwise'
      readonly suppose: (readings: Readings, standing: Standing) => void
    }

/** What scoring writes over, as it stood before: kept for every event, so it must cost next to nothing. */
export interface Before {
  readonly findings: Float64Array
  found: number
  /** By span; only looked at where `isStrange` says that something was added. */
  readonly strangeness: Float64Array
  isStrange: boolean
}

export function blankBefore(): Before {
  return {
    findings: new Float64Array(aspects.length),
    found: 0,
    strangeness: new Float64Array(SPANS),
    isStrange: false,
  }
}

/** To be called before an event is scored. */
export function markFindings(before: Before, { findings }: Session): void {
  before.isStrange = false
  before.found = findings.length
  if (findings.length > 0) before.findings.set(findings)
}

/** To be called before strangeness is added to what the agent is in the middle of. */
export function markStrangeness(before: Before, context: Context, session: Session): void {
  before.isStrange = true
  for (let span = 0; span < SPANS; span++) {
    before.strangeness[span] = totalsOf(context, session, span)[startOf(span) + STRANGENESS]!
  }
}

/** What the event at hand was judged with. */
export interface Scene {
  readonly moment: Moment
  readonly situation: Situation
  readonly own: Memory
  readonly blueprint: Memory | undefined
  readonly tenant: Memory
  readonly before: Before
  /** Whether the event stands for one that did not come; see absence. */
  readonly isAbsence: boolean
}

/** Written over each time. */
const readingsInOrder = shelf.map((baseline) => baseline.blankReading())
const readings = Object.fromEntries(
  baselineNames.map((name, at) => [name, readingsInOrder[at]]),
) as Readings
const facets = facetsOf(readings)
const ofAbsence = absenceFacets(readings)
const judgement = blankJudgement()
const event = blankShape()

/** The judgement under a change; it holds until the next. */
export function rejudge(scene: Scene, change?: Change): Judgement {
  const restore = setBack(scene)
  try {
    return judgeAnew(scene, change)
  } finally {
    restore()
  }
}

function judgeAnew({ moment, situation, own, blueprint, tenant }: Scene, change?: Change) {
  const { context, session } = moment
  const { atMs } = event
  if (change?.kind === 'less') for (const { of, by } of change.of) lessen(moment, of, by)
  if (change?.kind === 'later') delay(context, change.hours)
  for (let at = 0; at < shelf.length; at++) {
    const kin = { blueprint: blueprint?.inOrder[at], tenant: tenant.inOrder[at] }
    shelf[at]!.read(own.inOrder[at], kin, moment, readingsInOrder[at])
  }
  if (change?.kind === 'otherwise') change.suppose(readings, situation.standing)
  const gather = (nats: number): number => {
    if (nats > 0) addStrangeness(context, session, atMs, nats)
    const kin: Kin<Memories['volume']> = {
      blueprint: blueprint?.memories.volume,
      tenant: tenant.memories.volume,
    }
    return strangenessNats(own.memories.volume, kin, moment)
  }
  score(situation, gather, judgement)
  return judgement
}

/**
 * Sets what the event was judged with back to before it was scored, with the event, the readings and the
 * findings in copies; answers how to undo that. The objects stay the same ones: V8 would take any of
 * another making for a new kind, and every later event would be scored more slowly.
 */
function setBack({ moment, situation, before, isAbsence }: Scene): () => void {
  const { context, session } = moment
  const { windows, previousMs } = context
  const { cells, findings, sameDeeds } = session
  const kept = { ...situation }
  const standing = { ...situation.standing }
  const [windowsKept, cellsKept] = [windows.slice(), cells.slice()]
  moment.event = shaped(kept.event, event)
  Object.assign(situation, { event, readings, facets: isAbsence ? ofAbsence : facets })
  session.findings = before.found === 0 ? NO_FINDINGS : before.findings.slice()
  if (before.isStrange) {
    for (let span = 0; span < SPANS; span++) {
      const totals = totalsOf(context, session, span)
      totals[startOf(span) + STRANGENESS] = before.strangeness[span]!
    }
  }
  return () => {
    windows.set(windowsKept)
    cells.set(cellsKept)
    context.previousMs = previousMs
    session.findings = findings
    session.sameDeeds = sameDeeds
    moment.event = kept.event
    Object.assign(situation.standing, standing)
    Object.assign(situation, { event: kept.event, readings: kept.readings, facets: kept.facets })
  }
}

/** What an event counts for by itself cannot be taken away. */
const LEAST: Partial<Record<Counted, number>> = { events: 1, resources: 1 }

function lessen({ context, session }: Moment, of: Counted, by: number): void {
  if (of === 'calls') session.sameDeeds = Math.max(1, session.sameDeeds - by)
  else if (of === 'silent hours') context.previousMs += by * HOUR_MS
  else {
    const measure = measures.indexOf(of)
    const least = LEAST[of] ?? 0
    for (let span = 0; span < SPANS; span++) {
      const totals = totalsOf(context, session, span)
      const place = startOf(span) + measure
      if (totals[place]! > least) totals[place] = Math.max(least, totals[place]! - by)
    }
    const { volume } = event
    if ((of !== 'records' && of !== 'bytes') || volume?.[of] === undefined) return
    event.volume = { ...volume, [of]: Math.max(0, volume[of] - by) }
  }
}

/** The event, and what came before it, so many hours later: the silence between them stays. */
function delay(context: Context, hours: number): void {
  event.atMs += hours * HOUR_MS
  if (context.previousMs > 0) context.previousMs += hours * HOUR_MS
}
