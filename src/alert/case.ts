/**
 * Case: an agent's anomalous events, gathered while they keep coming.
 *
 * Closed, no case → an anomalous event opens one. Open → further ones join it; it is told again when
 * it has grown in severity, gained a reason, or doubled. A day without one closes it; so does its
 * length, so that a lasting change is raised anew once a week instead of never.
 */
import { z } from 'zod'
import { DAY_MS } from '../agent/context.ts'
import { printable } from '../event/text.ts'
import { type Severity, severities } from '../scoring/threshold.ts'
import type { Alert, Reason } from './alert.ts'

const QUIET_MS = DAY_MS
const LENGTH_MAX_MS = 7 * DAY_MS
/** Event ids kept: the first of them and the latest. */
const FIRST_MAX = 6
const LATEST_MAX = 14
/** Of long ids fewer of the latest are kept: an agent's state stays within 16 KB. */
const LATEST_LENGTH_MAX = 2_304
const SESSIONS_MAX = 3
const REASONS_MAX = 6
/** Longest name in a title. */
const NAME_SHOWN_MAX = 120

export const caseSchema = z.object({
  id: z.string(),
  revision: z.number(),
  openedMs: z.number(),
  lastMs: z.number(),
  score: z.number(),
  severity: z.enum(severities),
  reasons: z.array(
    z.object({
      detector: z.string(),
      title: z.string(),
      expected: z.string(),
      seen: z.string(),
      p: z.number(),
      event: z.string(),
    }),
  ),
  first: z.array(z.string()),
  latest: z.array(z.string()),
  eventCount: z.number(),
  sessions: z.array(z.string()),
  /** How many events it had when it was last told. */
  toldCount: z.number(),
})
export type Case = z.infer<typeof caseSchema>

/** An anomalous event, with its reasons. */
export interface Anomaly {
  readonly eventId: string
  readonly atMs: number
  readonly session: string | undefined
  readonly score: number
  readonly severity: Severity
  readonly reasons: readonly Reason[]
}

export function isOver(open: Case, atMs: number): boolean {
  return atMs - open.lastMs > QUIET_MS || atMs - open.openedMs > LENGTH_MAX_MS
}

export function openCase(id: string, atMs: number): Case {
  return {
    id,
    revision: 0,
    openedMs: atMs,
    lastMs: atMs,
    score: 0,
    severity: 'informational',
    reasons: [],
    first: [],
    latest: [],
    eventCount: 0,
    sessions: [],
    toldCount: 0,
  }
}

/** Takes an event in. Answers whether the case is to be told, again. */
export function gatherInto(open: Case, anomaly: Anomaly): boolean {
  const { eventId, atMs, session, score, severity } = anomaly
  const known = open.reasons.map(({ detector }) => detector)
  open.openedMs = Math.min(open.openedMs, atMs)
  open.lastMs = Math.max(open.lastMs, atMs)
  open.score = Math.max(open.score, score)
  open.eventCount++
  if (open.first.length < FIRST_MAX) open.first.push(eventId)
  else {
    open.latest.push(eventId)
    if (open.latest.length > LATEST_MAX || lengthOf(open.latest) > LATEST_LENGTH_MAX) {
      open.latest.shift()
    }
  }
  if (session !== undefined && open.sessions.length < SESSIONS_MAX) {
    if (!open.sessions.includes(session)) open.sessions.push(session)
  }
  const isGraver = severities.indexOf(severity) > severities.indexOf(open.severity)
  if (isGraver) open.severity = severity
  open.reasons = strongest([...open.reasons, ...anomaly.reasons])
  const hasNewReason = open.reasons.some(({ detector }) => !known.includes(detector))
  const isTold = isGraver || hasNewReason || open.eventCount >= 2 * open.toldCount
  if (!isTold) return false
  open.revision++
  open.toldCount = open.eventCount
  return true
}

const lengthOf = (ids: readonly string[]): number => ids.reduce((sum, id) => sum + id.length, 0)

/** The strongest reason of each detector, strongest first. */
function strongest(reasons: readonly Reason[]): Case['reasons'] {
  const best = new Map<string, Reason>()
  for (const reason of reasons) {
    const known = best.get(reason.detector)
    if (known === undefined || reason.p < known.p) best.set(reason.detector, reason)
  }
  return [...best.values()].sort((a, b) => a.p - b.p).slice(0, REASONS_MAX)
}

/** What a case says to the outside. */
export function alertOf(
  { reasons, first, latest, ...open }: Case,
  agent: Alert['agent'],
  tenant: string,
  scoredWith: string,
): Alert {
  const name = agent.name ?? agent.id
  return {
    id: open.id,
    revision: open.revision,
    tenant,
    agent,
    time: new Date(open.openedMs).toISOString(),
    lastTime: new Date(open.lastMs).toISOString(),
    score: open.score,
    severity: open.severity,
    title: `${printable(name, NAME_SHOWN_MAX)} ${headline(reasons)}`,
    reasons,
    events: [...first, ...latest],
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
