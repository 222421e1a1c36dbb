/**
 * Case: an agent's anomalous events, gathered while they keep coming.
 *
 * Closed, no case → an anomalous event opens one. Open → further ones join it; it is told again when
 * it has grown in severity, gained a reason, or doubled. A day without one closes it; so does its
 * length, so that a lasting change is raised anew once a week instead of never. One that tells of an
 * agent's silence goes on when the agent is heard of again, however long that takes.
 */
import { z } from 'zod'
import { DAY_MS } from '../agent/context.ts'
import { printable } from '../event/text.ts'
import { type Severity, severities } from '../scoring/threshold.ts'
import { ALERT_VERSION, type Alert, type Reason, reasonSchema } from './alert.ts'
import { certaintyOf, type Grounds, groundsSchema } from './certainty.ts'
import { addLink, shownLinks } from './correlation.ts'
import { counterfactualSchema } from './counterfactual.ts'
import { type KeptEvent, keep, keptEventSchema, shownOf } from './evidence.ts'
import { aspectsIn, gravityOf, isGrave, type Stakes, stakesSchema } from './gravity.ts'
import { nextStepsOf } from './next-steps.ts'
import { factsOf, fitting, techniquesOf, told } from './taxonomy.ts'

const QUIET_MS = DAY_MS
const LENGTH_MAX_MS = 7 * DAY_MS
/** Events come late by hours or days; a case is kept for those that may yet join it. */
const LATE_MAX_MS = 7 * DAY_MS
/** Event ids kept: the first of them and the latest. */
const FIRST_MAX = 6
const LATEST_MAX = 14
/** Of long ids fewer are kept, in characters of all: an agent's state stays within 16 KB. */
const FIRST_LENGTH_MAX = 1_024
const LATEST_LENGTH_MAX = 1_536
const SESSIONS_MAX = 3
const SESSIONS_LENGTH_MAX = 640
const REASONS_MAX = 6
/** Longest name in a title. */
const NAME_SHOWN_MAX = 120

/** Fields with a default are such as earlier versions did not store. */
export const caseSchema = z.object({
  id: z.string(),
  revision: z.number(),
  openedMs: z.number(),
  lastMs: z.number(),
  score: z.number(),
  severity: z.enum(severities),
  /** The gravest grade of its events, before what is at stake. */
  grade: z.enum(severities).default('informational'),
  reasons: z.array(
    reasonSchema.extend({ counterfactuals: z.array(counterfactualSchema).default([]) }),
  ),
  evidence: z.array(keptEventSchema).default([]),
  links: z.array(z.string()).default([]),
  stakes: stakesSchema.default({}),
  grounds: groundsSchema.optional(),
  first: z.array(z.string()),
  latest: z.array(z.string()),
  eventCount: z.number(),
  sessions: z.array(z.string()),
  /** How many events it had when it was last told. */
  toldCount: z.number(),
  /** When its agent was heard of again, of whose silence it tells: it goes on from there. */
  resumedMs: z.number().optional(),
})
export type Case = z.infer<typeof caseSchema>

/** An anomalous event, with its reasons. */
export interface Anomaly {
  readonly event: KeptEvent
  /** Whether the event is the latest before a silence, and not odd itself. @default false */
  readonly isAbsence?: boolean
  readonly session: string | undefined
  readonly score: number
  readonly severity: Severity
  readonly reasons: readonly Reason[]
  readonly links: readonly string[]
  /** Of the agent, as its registry has it. */
  readonly criticality?: string | undefined
}

export function isOver(open: Case, atMs: number): boolean {
  const { lastMs, openedMs, resumedMs = 0 } = open
  const isQuiet = atMs - Math.max(lastMs, resumedMs) > QUIET_MS
  return isQuiet || atMs - Math.max(openedMs, resumedMs) > LENGTH_MAX_MS
}

/** Whether a case has been quiet for so long that no late event belongs to it any more. */
export function isPast(open: Case, atMs: number): boolean {
  return atMs - Math.max(open.lastMs, open.resumedMs ?? 0) > LATE_MAX_MS
}

export function openCase(id: string, atMs: number, grounds?: Grounds): Case {
  return {
    id,
    revision: 0,
    openedMs: atMs,
    lastMs: atMs,
    score: 0,
    severity: 'informational',
    grade: 'informational',
    reasons: [],
    evidence: [],
    links: [],
    stakes: {},
    grounds,
    first: [],
    latest: [],
    eventCount: 0,
    sessions: [],
    toldCount: 0,
  }
}

/** Takes an event in. Answers whether the case is to be told, again. */
export function gatherInto(open: Case, anomaly: Anomaly): boolean {
  const { event, session, score, isAbsence = false } = anomaly
  const known = open.reasons.map(({ detector }) => detector)
  open.openedMs = Math.min(open.openedMs, event.atMs)
  open.lastMs = Math.max(open.lastMs, event.atMs)
  open.score = Math.max(open.score, score)
  open.eventCount++
  if (!isAbsence) {
    listEvent(open, event.id)
    keep(open.evidence, event)
  } else if (event.id !== '' && !isListed(open, event.id)) listEvent(open, event.id)
  for (const link of anomaly.links) addLink(open.links, link)
  listSession(open, session)
  open.reasons = strongest(open.reasons, anomaly.reasons)
  open.stakes = stakesWith(open.stakes, anomaly)
  open.grade = graver(open.grade, anomaly.severity)
  const { severity } = gravityOf(open.grade, aspectsIn(open.reasons), open.stakes)
  const isGraver = graver(open.severity, severity) !== open.severity
  if (isGraver) open.severity = severity
  const hasNewReason = open.reasons.some(({ detector }) => !known.includes(detector))
  const isTold = isGraver || hasNewReason || open.eventCount >= 2 * open.toldCount
  if (!isTold) return false
  open.revision++
  open.toldCount = open.eventCount
  return true
}

/** What an agent did last before a silence may have been odd. */
function isListed({ first, latest }: Case, id: string): boolean {
  return latest.includes(id) || first.includes(id)
}

function listEvent({ first, latest }: Case, id: string): void {
  const isFirst = latest.length === 0 && first.length < FIRST_MAX
  if (isFirst && (first.length === 0 || lengthOf(first) + id.length <= FIRST_LENGTH_MAX)) {
    first.push(id)
    return
  }
  latest.push(id)
  if (latest.length > LATEST_MAX || lengthOf(latest) > LATEST_LENGTH_MAX) latest.shift()
}

function listSession({ sessions }: Case, session: string | undefined): void {
  if (session === undefined || sessions.includes(session)) return
  const length = lengthOf(sessions) + session.length
  const hasRoom = sessions.length < SESSIONS_MAX && length <= SESSIONS_LENGTH_MAX
  if (sessions.length === 0 || hasRoom) sessions.push(session)
}

const lengthOf = (ids: readonly string[]): number => ids.reduce((sum, id) => sum + id.length, 0)

function graver(one: Severity, other: Severity): Severity {
  return severities.indexOf(other) > severities.indexOf(one) ? other : one
}

function stakesWith(stakes: Stakes, { criticality, event: { sensitivity } }: Anomaly): Stakes {
  return {
    ...stakes,
    ...(criticality === undefined ? {} : { criticality }),
    ...(sensitivity === undefined || !isGrave(sensitivity) ? {} : { sensitivity }),
  }
}

/**
 * The strongest reason of each detector, strongest first. What an earlier one was found to hang on goes
 * over to a stronger one, until that is asked itself.
 */
function strongest(before: readonly Reason[], more: readonly Reason[]): Case['reasons'] {
  const best = new Map(before.map((reason) => [reason.detector, reason]))
  for (const reason of more) {
    const known = best.get(reason.detector)
    if (known !== undefined && known.p <= reason.p) continue
    const counterfactuals = (known?.counterfactuals ?? []).map((one) => ({
      ...one,
      event: one.event ?? known?.event,
    }))
    best.set(reason.detector, { ...reason, counterfactuals })
  }
  return [...best.values()].sort((a, b) => a.p - b.p).slice(0, REASONS_MAX)
}

/** What a case says to the outside. */
export function alertOf(
  open: Case,
  agent: Alert['agent'],
  tenant: string,
  scoredWith: string,
): Alert {
  const { reasons, evidence, severity, links } = open
  const found = reasons.map(({ detector }) => detector)
  const aspects = aspectsIn(reasons)
  const gravity = gravityOf(open.grade, aspects, open.stakes)
  const fits = fitting(factsOf(found, evidence))
  const candidates = fits.map(told)
  const isShared = links.some((link) => link.startsWith('shift:'))
  const name = agent.name ?? agent.id
  return {
    version: ALERT_VERSION,
    id: open.id,
    revision: open.revision,
    tenant,
    agent,
    time: new Date(open.openedMs).toISOString(),
    lastTime: new Date(open.lastMs).toISOString(),
    score: open.score,
    severity,
    severityWhy:
      gravity.severity === severity ? [...gravity.why] : [`${severity} when it was at its gravest`],
    confidence: certaintyOf(open.grounds, aspects.size, found.includes('shadow-agent')),
    title: `${printable(name, NAME_SHOWN_MAX)} ${headline(reasons)}`,
    reasons,
    evidence: shownOf(evidence),
    candidates,
    techniques: techniquesOf(candidates),
    nextSteps: nextStepsOf(agent, severity, fits, evidence, isShared),
    links: shownLinks(links),
    events: [...open.first, ...open.latest],
    eventCount: open.eventCount,
    sessions: [...open.sessions],
    scoredWith,
  }
}

function headline([foremost, second]: readonly Reason[]): string {
  if (foremost === undefined) return 'behaved unusually'
  const { title, seen, expected } = foremost
  const also = second === undefined ? '' : `; also ${second.title}`
  return `${title}: ${seen} (expected ${expected})${also}`
}
