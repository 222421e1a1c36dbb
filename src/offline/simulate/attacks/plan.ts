/** Plans which attacks happen, when, how strongly, and to whom. */
import type { Random } from '../../../math/random.ts'
import { DAY_MS, HOUR_MS } from '../clock.ts'
import type { Silence } from '../deliver.ts'
import type { Occurrence } from '../occurrence.ts'
import type { RegistryEntry } from '../registry.ts'
import type { Label } from '../simulate.ts'
import type { Change, SimulatedAgent, World } from '../world.ts'
import { collectionScenarios } from './collection.ts'
import type { Craft } from './craft.ts'
import { destructionScenarios } from './destruction.ts'
import { identityScenarios } from './identity.ts'
import { injectionScenarios } from './injection.ts'
import { reconnaissanceScenarios } from './reconnaissance.ts'
import { rogueScenarios } from './rogue.ts'
import type { Scenario } from './scenario.ts'

/** Every scenario there is, in the order of their numbers. */
export const scenarios: readonly Scenario[] = [
  ...identityScenarios,
  ...reconnaissanceScenarios,
  ...collectionScenarios,
  ...injectionScenarios,
  ...destructionScenarios,
  ...rogueScenarios,
].sort((a, b) => a.number - b.number)

export interface AttackPlan {
  readonly occurrences: readonly Occurrence[]
  readonly silences: readonly Silence[]
  readonly registered: readonly RegistryEntry[]
  readonly labels: readonly Label[]
}

const MALICIOUS_SHARE = 0.006 // of all events, roughly, and at the most
const EVENTS_PER_AGENT_DAY = 150
const BUDGET_MIN = 12
const EARLY_SHARE = 0.12 // of the attacks fall into the first third, before a baseline has settled
const HIDDEN_SHARE = 0.08 // of the attacks begin while the agent's collector is down
const HELD_MIN_MS = 5 * HOUR_MS
const FRESH_MIN = 8 // with fewer agents left unattacked, all are open to attack again

export function planAttacks(world: World, count: number, rng: Random): AttackPlan {
  const plan = {
    occurrences: [] as Occurrence[],
    silences: [] as Silence[],
    registered: [] as RegistryEntry[],
  }
  const labels: Label[] = []
  const taken = new Set<string>()
  const days = (world.endMs - world.startMs) / DAY_MS
  const expected = world.agents.length * days * EVENTS_PER_AGENT_DAY * world.pace
  const budget = Math.max(BUDGET_MIN, (expected * MALICIOUS_SHARE) / Math.max(1, count))
  let deck: Scenario[] = []
  for (let n = 0; n < count; n++) {
    if (deck.length === 0) deck = rng.fork(`deck/${n}`).shuffle(scenarios)
    const scenario = deck.pop()!
    const own = rng.fork(`attack/${n}`)
    const occurrences: Occurrence[] = []
    const spreadMs = Math.min(own.pick(scenario.spreadsMs), (world.endMs - world.startMs) * 0.4)
    const window = own.chance(HIDDEN_SHARE) ? heldWindow(world, own) : undefined
    const startMs = window?.startMs ?? startOf(world, spreadMs, own)
    const craft: Craft = {
      world,
      rng: own,
      startMs,
      spreadMs,
      intensity: own.pick([1, 2, 5]),
      budget,
      victims: victimsAt(window?.agents ?? world.agents, startMs, taken),
      occurrences,
      silences: plan.silences,
      registered: plan.registered,
    }
    scenario.run(craft)
    occurrences.sort((a, b) => a.atMs - b.atMs)
    for (const { agent } of occurrences) taken.add(agent.id)
    plan.occurrences.push(...occurrences)
    labels.push(labelOf(n, scenario, craft))
  }
  return { ...plan, labels }
}

function startOf({ startMs, endMs }: World, spreadMs: number, rng: Random): number {
  const lengthMs = endMs - startMs
  const latest = 1 - (spreadMs + 6 * HOUR_MS) / lengthMs
  const part = rng.chance(EARLY_SHARE)
    ? rng.between(0.08, 0.33)
    : rng.between(Math.min(0.34, latest), Math.min(0.96, latest))
  return Math.floor(startMs + part * lengthMs)
}

/** A time in which some agents' events are held back, to arrive with the backlog. */
function heldWindow(
  { agents, endMs }: World,
  rng: Random,
): { agents: readonly SimulatedAgent[]; startMs: number } | undefined {
  const windows = new Map<Change, SimulatedAgent[]>()
  for (const agent of agents)
    for (const change of agent.changes)
      if (
        change.held &&
        change.toMs - change.fromMs >= HELD_MIN_MS &&
        change.toMs < endMs - 2 * DAY_MS
      )
        windows.set(change, [...(windows.get(change) ?? []), agent])
  if (windows.size === 0) return undefined
  const [{ fromMs, toMs }, members] = rng.pick([...windows])
  return { agents: members, startMs: Math.floor(rng.between(fromMs, (fromMs + toMs) / 2)) }
}

/** Agents in service; those already attacked only when there are few others. */
function victimsAt(
  agents: readonly SimulatedAgent[],
  startMs: number,
  taken: ReadonlySet<string>,
): readonly SimulatedAgent[] {
  const inService = agents.filter(
    ({ bornMs, retiredMs }) => bornMs < startMs - 2 * DAY_MS && retiredMs > startMs + DAY_MS,
  )
  const fresh = inService.filter(({ id }) => !taken.has(id))
  if (fresh.length >= Math.min(FRESH_MIN, agents.length)) return fresh
  return inService.length > 0 ? inService : agents
}

function labelOf(n: number, { name, number }: Scenario, { occurrences, intensity }: Craft): Label {
  const first = occurrences[0]!
  const last = occurrences.at(-1)!
  const counts = new Map<string, number>()
  for (const { event } of occurrences)
    counts.set(event.agent.id, (counts.get(event.agent.id) ?? 0) + 1)
  const [agent] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))
  return {
    incident: `attack-${String(n + 1).padStart(3, '0')}`,
    scenario: name,
    scenarioNumber: number,
    agent,
    startMs: first.atMs,
    endMs: last.atMs,
    start: new Date(first.atMs).toISOString(),
    end: new Date(last.atMs).toISOString(),
    intensity,
    events: occurrences.map(({ event }) => event.id),
  }
}
