/**
 * Raise: a judged event that is worth an alert goes into its agent's case, and the case is told.
 *
 * A case is told when it is opened and when it has grown in what it says; what has been told already
 * answers nothing.
 */
import { DAY_MS } from '../agent/context.ts'
import type { RegisteredAgent } from '../agent/registry.ts'
import type { Readings } from '../baselines/index.ts'
import type { Model } from '../detectors/autoencoder/model.ts'
import type { Standing } from '../detectors/detector.ts'
import type { Event } from '../event/event.ts'
import { uuidOf } from '../math/hash.ts'
import { type Group, groupKey } from '../scoring/knowledge.ts'
import type { Judgement } from '../scoring/score.ts'
import { severityOf, type Threshold } from '../scoring/threshold.ts'
import type { AgentState } from './agent-state.ts'
import type { Alert } from './alert.ts'
import { alertOf, type Case, gatherInto, isOver, openCase } from './case.ts'
import type { Grounds } from './certainty.ts'
import { linksOf } from './correlation.ts'
import { keptOf } from './evidence.ts'
import { addCounterfactuals, asLasting, reasonsFor, tellByWhen } from './explain.ts'
import type { Scene } from './rejudge.ts'

/** A score carries the version of the engine it was made with. */
export const SCORED_WITH = 'perimeter/1'

/** An event as it was judged, and with what. */
export interface Judged {
  readonly event: Event
  readonly judgement: Judgement
  /** 0 to 100. */
  readonly score: number
  readonly readings: Readings
  readonly standing: Standing
  readonly tenant: Group | undefined
  readonly blueprint: Group | undefined
  readonly scene: Scene
}

/** Takes the event into the agent's case. Answers the alert where there is something to tell. */
export function raise(state: AgentState, judged: Judged, threshold: Threshold): Alert | undefined {
  const { event, judgement, score, readings, standing, scene } = judged
  const { isAbsence } = scene
  const { dayTail, surprises } = judgement
  if (state.case === undefined || isOver(state.case, event.atMs)) {
    const what = isAbsence ? `after ${event.id}` : event.id
    const id = uuidOf(`${groupKey(event.tenant, event.agent.id)} ${what}`)
    state.case = openCase(id, event.atMs, groundsOf(state, judged))
  }
  const found = reasonsFor(event, readings, standing, surprises)
  const reasons = isAbsence ? asLasting(found) : found
  const spoke = reasons.map(({ detector }) => detector)
  const { registered } = standing
  const isTold = gatherInto(state.case, {
    event: keptOf(event, judgement.p, spoke),
    isAbsence,
    session: event.session,
    score,
    severity: severityOf(threshold, dayTail),
    reasons,
    links: linksOf(event, readings, spoke),
    criticality: registered?.criticality,
  })
  if (!isTold) return undefined
  addCounterfactuals(state.case.reasons, readings, surprises, scene, threshold)
  if (isAbsence) tellByWhen(state.case.reasons, event)
  return alertFor(state.case, event, registered, standing.model)
}

/** What was known of the agent before the case. */
function groundsOf(
  { firstMs, releasedMs, events }: AgentState,
  { tenant, blueprint, event: { atMs } }: Judged,
): Grounds {
  const daysSince = (sinceMs: number) => Math.max(0, atMs - sinceMs) / DAY_MS
  return {
    agentDays: daysSince(firstMs),
    agentEvents: events,
    tenantDays: daysSince(tenant?.firstMs ?? atMs),
    hasPeers: blueprint !== undefined && blueprint.firstMs < firstMs,
    ...(releasedMs > 0 ? { releaseDays: daysSince(releasedMs) } : {}),
  }
}

/** The alert a case stands for, under the names its latest event gives, or else the registry. */
export function alertFor(
  open: Case,
  { agent, tenant }: Pick<Event, 'agent' | 'tenant'>,
  registered?: RegisteredAgent | undefined,
  model?: Model | undefined,
): Alert {
  const { id, name, blueprint } = agent
  const sponsor = agent.sponsor ?? registered?.sponsor ?? registered?.owners?.[0]
  const criticality = registered?.criticality
  return alertOf(open, { id, name, blueprint, sponsor, criticality }, tenant, versionsWith(model))
}

/** The versions that a score with this model was made with. */
function versionsWith(model: Model | undefined): string {
  return model === undefined ? SCORED_WITH : `${SCORED_WITH} ${model.saved.version}`
}
