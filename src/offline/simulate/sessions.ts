/** Sessions: what an agent does from being set off until it is done. */
import type { Random } from '../../math/random.ts'
import type { Item } from './areas.ts'
import { DAY_MS, HOUR_MS } from './clock.ts'
import { assemble, type Occurrence, type Source, sourceOf } from './occurrence.ts'
import { natOrigin, type Origin, personOrigin, serverlessOrigin } from './origins.ts'
import { presence } from './people.ts'
import { activeChanges, type Start, startsIn } from './rhythm.ts'
import type { Change, Flow, FlowStep, Person, Release, SimulatedAgent, World } from './world.ts'

const FAILURES = ['HTTP 503', 'timeout after 30 s', 'HTTP 429: throttled', 'connection reset']
export const DENIALS = ['access denied by policy', 'insufficient scope', 'HTTP 403']
const RETRY_CHANCE = 0.55
const TAIL_CHANCE = 0.015 // amounts drawn from a Pareto tail instead
const TEMPLATE_SHARE = 0.35 // of prompts are ones used before
const GAP_MAX_S = 7200

/** What stays the same throughout a session. */
export interface Session {
  readonly agent: SimulatedAgent
  readonly release: Release
  readonly source: Source | undefined
  readonly person: string | undefined
  readonly id: string | undefined
  readonly trigger: Trigger | undefined
}

export type Trigger = {
  readonly kind: string
  readonly id?: string
  readonly digest?: string
}

/** All that begins in the hour, whoever asks and however often. Ordered by session, then by time. */
export function workIn(
  world: World,
  agent: SimulatedAgent,
  hourMs: number,
  known?: ReadonlyMap<SimulatedAgent, readonly Occurrence[]>,
): Occurrence[] {
  const work: Occurrence[] = []
  if (hourMs + HOUR_MS <= agent.bornMs || hourMs >= agent.retiredMs) return work
  const active = activeChanges(agent, hourMs)
  const rng = agent.rng.fork(hourMs / HOUR_MS)
  for (const start of startsIn(world, agent, hourMs, active, rng))
    runSession(world, agent, start, active, rng, work)
  for (const caller of agent.callers) {
    for (const call of known?.get(caller) ?? workIn(world, caller, hourMs)) {
      if (call.event.resource.id !== `agents/${agent.id}`) continue
      const atMs = call.atMs + Math.floor(rng.logNormal(900, 0.6))
      runSession(world, agent, { atMs, kind: 'agent', triggerId: caller.id }, active, rng, work)
    }
  }
  return agent.bornMs > hourMs || agent.retiredMs < hourMs + HOUR_MS
    ? work.filter(({ atMs }) => atMs >= agent.bornMs && atMs < agent.retiredMs)
    : work
}

/** Opens a session as the agent would at that time. */
export function openSession(
  world: World,
  agent: SimulatedAgent,
  start: Start,
  active: readonly Change[],
  rng: Random,
): Session {
  const { shows, blueprint } = agent
  const release = releaseAt(agent, start.atMs)
  const person = personFor(world, agent, start.atMs, active, rng)
  const origin = originFor(agent, start.atMs, active, person, rng)
  return {
    agent,
    release,
    source: sourceOf(agent, origin, release.userAgent),
    person: shows.onBehalfOf ? person?.name : undefined,
    id: shows.session ? rng.hex(blueprint.platform.id === 'hex' ? 32 : 16) : undefined,
    trigger:
      shows.trigger && start.kind !== undefined ? triggerOf(agent, start, active, rng) : undefined,
  }
}

export function releaseAt({ releases }: SimulatedAgent, atMs: number): Release {
  let current = releases[0]!
  for (const release of releases) if (release.fromMs <= atMs) current = release
  return current
}

/** Runs one session to its end and adds what happened. */
function runSession(
  world: World,
  agent: SimulatedAgent,
  start: Start,
  active: readonly Change[],
  rng: Random,
  into: Occurrence[],
): void {
  const session = openSession(world, agent, start, active, rng)
  const flow = start.flow ?? flowIn(agent, active)
  const items: Item[] = []
  const failing = active.reduce((most, change) => Math.max(most, change.failing ?? 0), 0)
  const error = active.find((change) => change.failing !== undefined)?.error
  let atMs = start.atMs
  let index = flow.starts[rng.weighted(flow.startWeights)]!
  for (let length = 0; index >= 0 && length < flow.lengthMax; length++) {
    const step = flow.steps[index]!
    const item = itemFor(step, session, items, atMs, rng)
    const isBarred = active.some(({ barred }) => barred?.has(step.action))
    const outcome = isBarred ? 'denied' : outcomeOf(step, failing, rng)
    into.push(
      assemble(
        world,
        session,
        {
          atMs,
          action: step.action,
          item,
          scope: step.scope,
          ...(outcome === 'success'
            ? amountsOf(step, active, rng)
            : { outcome, error: errorOf(outcome, error, failing, rng) }),
        },
        active,
        rng,
      ),
    )
    atMs += gapMs(step, rng)
    const isRetried = outcome === 'failure' && rng.chance(RETRY_CHANCE)
    if (!isRetried) index = step.next[rng.weighted(step.weights)]!
    else items[step.place] = item
  }
}

export function flowIn(agent: SimulatedAgent, active: readonly Change[]): Flow {
  let { flow } = agent
  for (const change of active) if (change.flow !== undefined) flow = change.flow
  return flow
}

export function itemFor(
  step: FlowStep,
  { agent, person }: Session,
  items: Item[],
  atMs: number,
  rng: Random,
): Item {
  const kept = step.isSame ? items[step.place] : undefined
  const item = kept ?? step.area({ rng, owner: agent.key, atMs, person: person ?? agent.name })
  items[step.place] = item
  return item
}

/** Draws what a step moves; a small share comes from a power-law tail. */
export function amountsOf(
  { bytes, records }: FlowStep,
  active: readonly Change[],
  rng: Random,
): { bytes?: number; records?: number } {
  let factor = rng.chance(TAIL_CHANCE) ? rng.pareto(2, 1.3) : 1
  for (const { volume } of active) if (volume !== undefined) factor *= volume
  const amounts: { bytes?: number; records?: number } = {}
  // Bytes and records of one step rise and fall together.
  const shared = rng.normal()
  const draw = ([median, sigma]: readonly [number, number]) =>
    sigma === 0
      ? median
      : Math.round(median * factor * Math.exp(sigma * (0.8 * shared + 0.6 * rng.normal())))
  if (bytes !== undefined) amounts.bytes = draw(bytes)
  if (records !== undefined) amounts.records = draw(records)
  return amounts
}

export const gapMs = ({ gapS }: FlowStep, rng: Random): number =>
  30 + Math.floor(Math.min(GAP_MAX_S, rng.logNormal(...gapS)) * 1000)

function outcomeOf(step: FlowStep, failing: number, rng: Random): 'success' | 'failure' | 'denied' {
  const draw = rng.uniform()
  if (draw < step.denied) return 'denied'
  return draw < step.denied + Math.max(step.failure, failing) ? 'failure' : 'success'
}

function errorOf(
  outcome: 'failure' | 'denied',
  error: string | undefined,
  failing: number,
  rng: Random,
): string {
  if (outcome === 'denied') return rng.pick(DENIALS)
  return error !== undefined && failing > 0.3 ? error : rng.pick(FAILURES)
}

function personFor(
  { people }: World,
  agent: SimulatedAgent,
  atMs: number,
  active: readonly Change[],
  rng: Random,
): Person | undefined {
  let team = agent.people
  for (const change of active) if (change.people !== undefined) team = change.people
  if (team.length === 0) return undefined
  let person = people[team[rng.zipf(team.length, 0.9)]!]!
  // Whoever is at work is the more likely one; after a few looks, anyone will do.
  for (let tries = 0; tries < 4 && !rng.chance(presence(person, atMs)); tries++)
    person = people[team[rng.zipf(team.length, 0.9)]!]!
  return person
}

function originFor(
  { blueprint, key, country }: SimulatedAgent,
  atMs: number,
  active: readonly Change[],
  person: Person | undefined,
  rng: Random,
): Origin {
  const { origin } = blueprint
  const day = Math.floor(atMs / DAY_MS)
  for (const { abroad } of active)
    if (abroad !== undefined) return personOrigin(abroad, person?.key ?? key, day)
  const epoch = active.reduce((count, { moved }) => count + (moved ? 1 : 0), 0)
  if (origin.kind === 'nat') return natOrigin(origin.networks, key, epoch, rng)
  if (origin.kind === 'serverless') return serverlessOrigin(origin.networks, rng)
  return personOrigin(person?.country ?? country, person?.key ?? key, day)
}

function triggerOf(
  agent: SimulatedAgent,
  { kind, triggerId }: Start,
  active: readonly Change[],
  rng: Random,
): Trigger | undefined {
  if (active.some(({ byHand }) => byHand)) return rng.chance(0.5) ? { kind: 'manual' } : undefined
  const id = triggerId ?? (kind === 'event' ? `queue/${agent.blueprint.name}` : undefined)
  const trigger: { kind: string; id?: string; digest?: string } = { kind: kind! }
  if (id !== undefined) trigger.id = id
  if (agent.shows.digest && (kind === 'prompt' || kind === 'agent'))
    trigger.digest = rng.chance(TEMPLATE_SHARE)
      ? agent.rng.fork(`prompt/${rng.zipf(40, 1.1)}`).hex(16)
      : rng.hex(16)
  return trigger
}
