/** Overview: who an agent is, how much is known of it, and how long it is still being learned. */
import { DAY_MS } from '../agent/context.ts'
import type { Registry } from '../agent/registry.ts'
import { mayAct } from '../detectors/shadow-agent.ts'
import { gainAt } from '../math/decay.ts'
import { type Group, groupKey, type Knowledge, namesOf } from '../scoring/knowledge.ts'
import { experienceOf, maturityOf } from '../scoring/policy.ts'
import type { AgentState } from './agent-state.ts'
import { type Overdue, overdueOf } from './overdue.ts'

/** From here on scoring believes more than half of what it finds. */
const HALF = 0.5

/**
 * - `learning`: of its tenant, or of it and its peers, too little is known; findings count by part.
 * - `by peers`: it has done little so far, and is judged by what its blueprint does.
 * - `watched`: it is judged by what it does itself.
 */
export type Watch = 'learning' | 'by peers' | 'watched'

export interface Overview {
  readonly tenant: string
  readonly agent: string
  readonly blueprint: string | undefined
  readonly events: number
  /** Epoch ms of its first and its latest event. */
  readonly firstMs: number
  readonly lastMs: number
  readonly watch: Watch
  /** How far its tenant can be judged, and how far calibration learns from it, in [0, 1). */
  readonly maturity: number
  readonly experience: number
  /** What learning still takes: events of its own, and days of its tenant. */
  readonly eventsLeft: number
  readonly daysLeft: number
  /** Undefined where there is no registry. */
  readonly standing: 'registered' | 'out of service' | 'shadow' | undefined
  /** Silent while it is usually active; undefined where it is not, or is out of service. */
  readonly overdue: Overdue | undefined
}

export function overviewOf(
  key: string,
  state: AgentState,
  knowledge: Knowledge,
  registry: Registry | undefined,
): Overview {
  const { tenant, name } = namesOf(key)
  const { events, firstMs, context, blueprint } = state
  const group = knowledge.get(groupKey(tenant))
  const peers = blueprint === undefined ? undefined : knowledge.get(groupKey(tenant, blueprint))
  const lastMs = Math.max(context.lastMs, group?.lastMs ?? 0)
  const ageMs = lastMs - Math.min(firstMs, group?.firstMs ?? firstMs)
  const maturity = maturityOf(ageMs)
  const experience = experienceOf(events)
  const hasPeers = peers !== undefined && experienceOf(answersOf(peers)) >= HALF
  const isKnown = experience >= HALF
  const entry = registry?.get(name)
  const isInService = entry === undefined || mayAct(entry)
  return {
    ...{ tenant, agent: name, blueprint, events, firstMs, lastMs: context.lastMs },
    watch:
      maturity < HALF || !(isKnown || hasPeers) ? 'learning' : isKnown ? 'watched' : 'by peers',
    ...{ maturity, experience },
    eventsLeft: Math.max(0, leastWith(experienceOf) - events),
    daysLeft: Math.max(
      0,
      (leastWith((days) => maturityOf(days * DAY_MS)) * DAY_MS - ageMs) / DAY_MS,
    ),
    standing:
      registry && (entry === undefined ? 'shadow' : isInService ? 'registered' : 'out of service'),
    overdue: isInService ? overdueOf(state, group, peers) : undefined,
  }
}

/** Answers that calibration has learned from a group's members, faded. */
function answersOf({ memory, lastMs }: Group): number {
  return memory.calibration.events / gainAt(lastMs, memory.stretch)
}

/** The least whole number at which what grows with it has come half its way. */
function leastWith(part: (amount: number) => number): number {
  let most = 1
  while (part(most) < HALF) most *= 2
  let least = 0
  while (most - least > 1) {
    const middle = (least + most) >> 1
    if (part(middle) < HALF) least = middle
    else most = middle
  }
  return most
}
